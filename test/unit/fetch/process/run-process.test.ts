/** Child processes: each way in which one ends, tried with real programs. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { type ChildOptions, keptStderr, runChild } from '../../../../src/fetch/process/run-process.ts';
import { eventually } from '../../../support/eventually.ts';

let cwd: string;
before(() => {
  cwd = mkdtempSync(join(tmpdir(), 'dvc-injector-child-'));
});
after(() => rmSync(cwd, { recursive: true }));

function bash(script: string, options: Partial<ChildOptions> = {}) {
  const env = { PATH: process.env.PATH ?? '' };
  return runChild('bash', ['--norc', '-c', script], { env, cwd, signal: new AbortController().signal, ...options });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the exit code, the whole of stdout to its last newline, and stderr come back', async () => {
  const { exitCode, stdout, stderr } = await bash('printf "a\\nb\\n"; echo trouble >&2; exit 3');
  assert.deepEqual([exitCode, stdout.toString(), stderr], [3, 'a\nb\n', 'trouble\n']);
});

test('nothing of our environment reaches the child, nor a terminal', async () => {
  process.env.DVC_INJECTOR_CHILD_TEST = 'ours';
  try {
    const { stdout } = await bash('echo "[$DVC_INJECTOR_CHILD_TEST]"; cat; : < /dev/tty || echo "no terminal"');
    assert.equal(stdout.toString(), '[]\nno terminal\n');
  } finally {
    delete process.env.DVC_INJECTOR_CHILD_TEST;
  }
});

test('of stderr the last part is kept, however long it is', async () => {
  const { stderr } = await bash('head -c 1000000 /dev/zero | tr "\\0" x >&2; echo end >&2');
  assert.equal(stderr.length, keptStderr);
  assert.ok(stderr.endsWith('xend\n'));
});

test('whoever listens to stderr hears it as it is said, and gives stdin', async () => {
  const heard: string[] = [];
  const { exitCode, stderr } = await bash('read line; echo "heard $line" >&2', {
    onStdin: (stdin) => void stdin.write('it\n'),
    onStderr: (text) => void heard.push(text),
  });
  assert.deepEqual([exitCode, stderr, heard.join('')], [0, '', 'heard it\n']);
});

test('a child that prints too much is ended', async () => {
  await assert.rejects(
    bash('while :; do echo more; done', { maxStdout: 1000 }),
    (error) => error instanceof FetchFailure && error.exit === 'dataset' && /more than 1000 bytes/.test(error.message),
  );
});

test('`stop` ends it without an error, and `signal` by its own reason', async () => {
  const stop = new AbortController();
  const stopped = bash('sleep 60', { stop: stop.signal });
  stop.abort();
  assert.equal((await stopped).exitCode, null);
  assert.equal((await bash('sleep 60', { stop: stop.signal })).exitCode, null, 'also one that was aborted before');
  const end = new AbortController();
  const ended = bash('sleep 60', { signal: end.signal });
  end.abort(new Error('the reason'));
  await assert.rejects(ended, /^Error: the reason$/);
  await assert.rejects(bash('true', { signal: end.signal }), /^Error: the reason$/);
});

for (const [who, redirection] of [
  ['holds our pipes', ''],
  ['holds none of them', 'exec > /dev/null 2>&1; '],
]) {
  test(`its whole group ends with it, also who does not heed SIGTERM and ${who}`, async () => {
    const file = join(cwd, `pid-${who}`);
    const stop = new AbortController();
    const grandchild = `trap "" TERM; ${redirection}echo $$ > "${file}"; while :; do sleep 1; done`;
    const child = bash(`bash -c '${grandchild}' & wait`, { stop: stop.signal });
    const pid = await eventually('the grandchild has begun', async () => {
      const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
      return written.endsWith('\n') && Number(written);
    });
    stop.abort();
    assert.equal((await child).exitCode, null);
    await eventually('the grandchild has ended', async () => !isAlive(pid));
  });
}

test('a signal that is not ours is told with the words of the child', async () => {
  await assert.rejects(
    bash('echo "before the end" >&2; kill -9 $$'),
    (error) =>
      error instanceof FetchFailure &&
      error.exit === 'io' &&
      /bash was ended by SIGKILL, as when memory runs out/.test(error.message) &&
      error.details.includes('before the end'),
  );
});

test('whoever is left of its group, and would hold our pipes, ends when a signal of others ends it', async () => {
  const begun = performance.now();
  await assert.rejects(bash('sleep 600 & kill -9 $$'), /bash was ended by SIGKILL/);
  assert.ok(performance.now() - begun < 300_000, 'it was not waited for');
});

test('a program that is not there is named', async () => {
  const options = { env: { PATH: cwd }, cwd, signal: new AbortController().signal };
  await assert.rejects(
    runChild('no-such-program', [], options),
    (error) =>
      error instanceof FetchFailure &&
      error.exit === 'configuration' &&
      /no-such-program is not on the PATH/.test(error.message),
  );
});
