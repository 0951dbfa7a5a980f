/** Runs of real DVC as forks of one process: each is a DVC of its own, and none outlives whoever started it. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, before, beforeEach, test } from 'node:test';
import { provideDvc } from '../../provision/dvc.ts';
import { type DvcForks, dvcForks } from '../../src/fetch/dvc/fork-server.ts';
import { pythonStart } from '../../src/fetch/dvc/sitecustomize.ts';
import { emptyRemoteAlias, makeWorkspace, trackObjects, type Workspace } from '../../src/fetch/dvc/workspace.ts';
import { byContent } from '../../src/fetch/dvc-format/object-naming.ts';
import { FetchFailure } from '../../src/fetch/failure/fetch-failure.ts';
import { remoteAlias } from '../../src/fetch/remote/choose-remote.ts';
import { makeDataset } from '../support/dataset/dataset.ts';
import { eventually } from '../support/eventually.ts';
import { fetchContext } from '../support/fetch/context.ts';
import { makePlace, publishedFolder } from '../support/fetch/fetcher.ts';
import { processesWith } from '../support/process/processes.ts';

const never = new AbortController().signal;
const content = 'what the object is';
const oid = createHash('md5').update(content).digest('hex');
let bin: string;
let folder: string;
let remote: string;
let env: Record<string, string>;
let stop: AbortController;
let forks: DvcForks;
before(async () => {
  bin = (await provideDvc()).bin;
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-forks-'));
  remote = join(folder, 'remote');
  mkdirSync(join(folder, 'home'));
  const PYTHONPATH = await pythonStart(join(folder, 'start'), nowhere, null);
  env = { HOME: join(folder, 'home'), PATH: [bin, process.env.PATH].join(delimiter), PYTHONPATH };
  stop = new AbortController();
  forks = dvcForks(env, folder, stop.signal);
});
afterEach(async () => {
  await forks.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A workspace that tracks the object, and has it if it is given. */
async function workspaceOf(name: string, bytes?: string): Promise<Workspace> {
  const context = fetchContext({ signal: never, dvc: { folder, env, forks }, remote });
  const workspace = await makeWorkspace(context, name);
  if (bytes !== undefined) put(workspace.object(oid), bytes);
  await trackObjects(workspace, [oid], byContent);
  return workspace;
}

function put(path: string, bytes: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

const pullOffline = ['pull', '--jobs', '2', '--remote', emptyRemoteAlias, 'data.dvc'];
const pullEndlessly = ['pull', '--jobs', '2', '--remote', remoteAlias, 'data.dvc'];

/** A workspace of whose object DVC waits until it is ended: somebody would have to write into the pipe. */
async function endlessWorkspace(): Promise<Workspace> {
  const object = join(remote, byContent.path(oid));
  mkdirSync(dirname(object), { recursive: true });
  execFileSync('mkfifo', [object]);
  return workspaceOf('endless');
}

/** The processes of this test, by their names. */
function running(): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of processesWith(folder)) {
    try {
      found.set(readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

async function pidOf(name: string): Promise<number> {
  await eventually(`${name} runs`, async () => running().has(name));
  return running().get(name) ?? assert.fail();
}

test('each run has its own folder, exit code and words, and all are of one process', async () => {
  const [good, bad] = [await workspaceOf('good', content), await workspaceOf('bad')];
  assert.deepEqual(await forks.run(pullOffline, good.root, { signal: never }), { exitCode: 0, stderr: '' });
  const server = await pidOf('dvc-forks');
  assert.equal(readFileSync(good.file(oid), 'utf8'), content);
  const refused = await forks.run(pullOffline, bad.root, { signal: never });
  assert.equal(refused?.exitCode, 1);
  assert.match(refused.stderr, /failed to pull data from the cloud/);
  assert.equal(existsSync(bad.file(oid)), false);
  const unknown = await forks.run(['no-such-command'], good.root, { signal: never });
  assert.equal(unknown?.exitCode, 254);
  assert.match(unknown.stderr, /invalid choice/);
  assert.doesNotMatch(unknown.stderr, /failed to pull/);
  assert.equal(await pidOf('dvc-forks'), server);
});

test('DVC verifies in a fork as it does by itself: an object with other bytes is none', async () => {
  const { root } = await workspaceOf('damaged', content.replace('what', 'WHAT'));
  assert.equal((await forks.run(pullOffline, root, { signal: never }))?.exitCode, 1);
});

test('beside a run there is no second one', async () => {
  const { root } = await endlessWorkspace();
  const ended = new AbortController();
  const first = forks.run(pullEndlessly, root, { signal: never, stop: ended.signal });
  await pidOf('dvc-pull');
  assert.equal(await forks.run(pullOffline, root, { signal: never }), null);
  ended.abort();
  assert.equal((await first)?.exitCode, null);
});

test('a run that is stopped leaves no process behind, and there are no further ones', async () => {
  const { root } = await endlessWorkspace();
  const ended = new AbortController();
  const run = forks.run(pullEndlessly, root, { signal: never, stop: ended.signal });
  await pidOf('dvc-pull');
  ended.abort();
  assert.equal((await run)?.exitCode, null);
  assert.deepEqual([...running()], []);
  assert.equal(await forks.run(pullOffline, root, { signal: never }), null);
});

test("a run's signal, and that of all, end it with their reason", async () => {
  const { root } = await endlessWorkspace();
  const failed = new AbortController();
  const run = forks.run(pullEndlessly, root, { signal: failed.signal });
  await pidOf('dvc-pull');
  failed.abort(new Error('another part failed'));
  await assert.rejects(run, /another part failed/);
  assert.deepEqual([...running()], []);

  forks = dvcForks(env, folder, stop.signal);
  const second = forks.run(pullEndlessly, root, { signal: never });
  await pidOf('dvc-pull');
  stop.abort(new Error('stopped by SIGTERM'));
  await assert.rejects(second, /stopped by SIGTERM/);
  assert.deepEqual([...running()], []);
});

for (const which of ['signal', 'stop'] as const) {
  test(`what is aborted before the modules are loaded ends the run all the same (${which})`, async () => {
    const { root } = await endlessWorkspace();
    const early = new AbortController();
    const run = forks.run(pullEndlessly, root, { signal: never, [which]: early.signal });
    early.abort(new Error('another part failed'));
    if (which === 'signal') await assert.rejects(run, /another part failed/);
    else assert.equal((await run)?.exitCode, null);
    assert.deepEqual([...running()], []);
    const after = forks.run(pullEndlessly, root, { signal: never, [which]: early.signal });
    if (which === 'signal') await assert.rejects(after, /another part failed/);
    else assert.equal(await after, null);
  });
}

test('the end of all is the end of a run, whether it had begun or not', async () => {
  const { root } = await endlessWorkspace();
  const early = forks.run(pullEndlessly, root, { signal: never });
  const [outcome] = await Promise.allSettled([early, forks.close()]);
  assert.equal(outcome.status, 'rejected');
  await assert.rejects(forks.run(pullEndlessly, root, { signal: never }), /after the end of the fetch/);

  forks = dvcForks(env, folder, stop.signal);
  const late = forks.run(pullEndlessly, root, { signal: never });
  await pidOf('dvc-pull');
  const [begun] = await Promise.allSettled([late, forks.close()]);
  assert.equal(begun.status, 'rejected');
  assert.deepEqual([...running()], []);
});

test('a stop that comes when the run is over ends no other one', async () => {
  const good = await workspaceOf('good', content);
  const late = new AbortController();
  const run = forks.run(pullOffline, good.root, { signal: never, stop: late.signal });
  assert.equal((await run)?.exitCode, 0);
  late.abort();
  assert.equal((await forks.run(pullOffline, good.root, { signal: never }))?.exitCode, 0);
});

test('a stop and an exit code at the same moment: the run was stopped, and the next one starts from nothing', async () => {
  const good = await workspaceOf('good', content);
  await forks.run(pullOffline, good.root, { signal: never });
  const late = new AbortController();
  const run = forks.run(pullOffline, good.root, { signal: never, stop: late.signal });
  const pid = await pidOf('dvc-pull');
  // Nothing is heard while this goes on.
  while (existsSync(`/proc/${pid}`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  late.abort();
  assert.equal((await run)?.exitCode, null);
  assert.equal(await forks.run(pullOffline, good.root, { signal: never }), null);
});

test('of what a run says the end is kept, and none of it is charged to the next one', async () => {
  const good = await workspaceOf('good', content);
  const unknown = `\u00e9${'x'.repeat(300_000)}`; // é is two bytes: a chunk may end between them
  const refused = await forks.run([unknown], good.root, { signal: never });
  assert.equal(refused?.exitCode, 254);
  assert.equal(refused.stderr.length, 64 * 1024);
  assert.deepEqual(await forks.run(pullOffline, good.root, { signal: never }), { exitCode: 0, stderr: '' });
});

/** The path of a file with this Python. */
function written(program: string): string {
  const path = join(folder, 'program.py');
  writeFileSync(path, program);
  return path;
}

test('what guards DVC holds in each run', async () => {
  const program = `import sys
import dvc.cli
main = dvc.cli.main
def guarded(argv=None):
    print("guarded", file=sys.stderr)
    return main(argv)
dvc.cli.main = guarded
`;
  const PYTHONPATH = await pythonStart(join(folder, 'guarded'), nowhere, { program: written(program), files: {} });
  const guarded = dvcForks({ ...env, PYTHONPATH }, folder, stop.signal);
  for (const name of ['one', 'two']) {
    const { root } = await workspaceOf(name, content);
    assert.deepEqual(await guarded.run(pullOffline, root, { signal: never }), { exitCode: 0, stderr: 'guarded\n' });
  }
  await guarded.close();
});

test('a run that is killed is told as that, and the next one is as if nothing had been', async () => {
  const { root } = await endlessWorkspace();
  const run = forks.run(pullEndlessly, root, { signal: never });
  process.kill(await pidOf('dvc-pull'), 'SIGKILL');
  await assert.rejects(
    run,
    (error) => error instanceof FetchFailure && error.exit === 'io' && /^dvc was ended by SIGKILL/.test(error.message),
  );
  const good = await workspaceOf('good', content);
  assert.equal((await forks.run(pullOffline, good.root, { signal: never }))?.exitCode, 0);
});

test('where the process itself is killed between two runs, there are no further ones', async () => {
  const good = await workspaceOf('good', content);
  assert.equal((await forks.run(pullOffline, good.root, { signal: never }))?.exitCode, 0);
  process.kill(await pidOf('dvc-forks'), 'SIGKILL');
  await eventually('it is gone', async () => running().size === 0);
  // As long as its end was not noticed, a run is one that was killed.
  const next = await forks.run(pullOffline, good.root, { signal: never }).catch((error) => error);
  assert.ok(next === null || (next instanceof FetchFailure && next.exit === 'io'), String(next));
  assert.equal(await forks.run(pullOffline, good.root, { signal: never }), null);
});

test('a run that can not begin is no run that succeeded', async () => {
  const result = await forks.run(pullOffline, join(folder, 'absent'), { signal: never });
  assert.equal(result?.exitCode, 255);
  assert.match(result.stderr, /DVC can not be started \(FileNotFoundError/);
});

/** A process for whose loop `program` makes trouble. */
async function troubled(program: string): Promise<DvcForks> {
  const guard = { program: written(`import os\n${program}`), files: {} };
  const PYTHONPATH = await pythonStart(join(folder, 'trouble'), nowhere, guard);
  return dvcForks({ ...env, PYTHONPATH }, folder, stop.signal);
}

test('where there can be no further process now, the run is another way, and a later one is a fork again', async () => {
  const unable = await troubled(`fork = os.fork
def no_fork():
    os.fork = fork
    raise BlockingIOError(11, "Resource temporarily unavailable")
os.fork = no_fork
`);
  const good = await workspaceOf('good', content);
  assert.equal(await unable.run(pullOffline, good.root, { signal: never }), null);
  assert.equal((await unable.run(pullOffline, good.root, { signal: never }))?.exitCode, 0);
  await unable.close();
});

test("an error of the process itself is never taken for a run's exit code 0", async () => {
  const broken = await troubled(`def waitpid(pid, options):
    raise RuntimeError("no")
os.waitpid = waitpid
`);
  const { root } = await workspaceOf('damaged', content.replace('what', 'WHAT'));
  assert.equal(await broken.run(pullOffline, root, { signal: never }), null);
});

test('a script called dvc that runs Python for something else first is no process to fork', async () => {
  const wrapper = join(folder, 'wrapper');
  mkdirSync(wrapper);
  const script = `#!/bin/sh\n'${join(bin, 'python')}' -c 'import sys' "$@" && exec '${join(bin, 'dvc')}' "$@"\n`;
  writeFileSync(join(wrapper, 'dvc'), script, { mode: 0o755 });
  const PATH = [wrapper, process.env.PATH].join(delimiter);
  const wrapped = dvcForks({ ...env, PATH }, folder, stop.signal);
  const { root } = await workspaceOf('damaged', content.replace('what', 'WHAT'));
  assert.equal((await wrapped.run(pullOffline, root, { signal: never }))?.exitCode, 1);
  await wrapped.close();
});

const nowhere = JSON.stringify({ listed: [], identities: [] });

test('nothing of it is left when whoever started it is killed', async () => {
  const here = join(import.meta.dirname, '..', '..', 'src', 'fetch', 'dvc', 'fork-server.ts');
  const starter = `
    const { dvcForks } = await import(${JSON.stringify(here)});
    dvcForks(${JSON.stringify(env)}, ${JSON.stringify(folder)}, new AbortController().signal).start();
    setInterval(() => {}, 1000);`;
  await forks.close();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', starter], { stdio: 'ignore' });
  await pidOf('dvc-forks');
  child.kill('SIGKILL');
  await eventually('it is gone', async () => running().size === 0);
});

test('with a dvc that heeds no PYTHONPATH each run starts from nothing, and the fetch is the same', async () => {
  const isolated = join(folder, 'isolated');
  mkdirSync(isolated);
  const script = `#!/bin/sh\nexec '${join(bin, 'python')}' -E -m dvc "$@"\n`;
  writeFileSync(join(isolated, 'dvc'), script, { mode: 0o755 });
  const PATH = [isolated, process.env.PATH].join(delimiter);
  const alone = dvcForks({ ...env, PATH }, folder, never);
  assert.equal(await alone.run(pullOffline, folder, { signal: never }), null);

  await using dataset = await makeDataset({ files: { 'a.txt': 'a', 'b/c.txt': 'c' }, splits: {} });
  await using place = await makePlace();
  place.environment.PATH = PATH;
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:*`);
  assert.equal(exitCode, 0, output);
  assert.equal(readFileSync(join(publishedFolder(place.volume) ?? '', 'data', 'b', 'c.txt'), 'utf8'), 'c');
});
