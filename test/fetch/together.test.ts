/** Many fetchers, and fetchers that end too early: one downloads, nobody depends on its survival. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { volumeLayout } from '../../src/dataset/layout.ts';
import { removeDeadStaging } from '../../src/fetch/volume/staging.ts';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { eventually } from '../support/eventually.ts';
import {
  filesBelow,
  leftovers,
  makePlace,
  type Place,
  publishedFolder,
  type Running,
} from '../support/fetch/fetcher.ts';
import { makeMounts } from '../support/fetch/mounts.ts';
import { killProcess, toolsOf } from '../support/process/processes.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';
import { listenOnLoopback } from '../support/servers/loopback.ts';

const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`folder/${i}.txt`, `content ${i}`]));
let s3: S3;
let proxy: RecordingProxy;
let dataset: Dataset;
let reference: string;
let options: { flags: string[]; environment: Readonly<Record<string, string>> };
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
  const remote = { kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint } as const;
  dataset = await makeDataset({ files, splits: { all: Object.keys(files) }, remote });
  reference = `${dataset.url}@${dataset.sha}:all`;
  options = { flags: ['--allow-endpoint', proxy.endpoint], environment: dataset.credentials };
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await s3?.stop();
});

/** Holds every download of an object until it is opened. */
function gate(): () => void {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const remove = proxy.inject({ when: isObjectRequest, wait: () => opened });
  return () => {
    remove();
    open();
  };
}

function inPhase(running: Running, phase: string): Promise<unknown> {
  return eventually(`the fetch is in phase ${phase}`, async () => running.log.some((line) => line.phase === phase));
}

function assertPublished(volume: string): void {
  const folder = publishedFolder(volume) ?? assert.fail('nothing is published');
  assert.deepEqual(
    filesBelow(join(folder, 'data')),
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
  );
}

/** As the kernel ends a container: the fetch by SIGKILL, and with it everything that runs in its process namespace. */
async function killContainer(running: Running, scratch: string): Promise<void> {
  running.process.kill('SIGKILL');
  await running.ended;
  await eventually('nothing of the container runs', async () => {
    const left = toolsOf(scratch);
    left.forEach(killProcess);
    return left.length === 0;
  });
}

test('two fetchers at once make one download, and the second reports the first', async () => {
  await using place = await makePlace();
  const open = gate();
  proxy.reset();
  const leader = place.start(reference, options);
  await inPhase(leader, 'transfer');
  const waiter = place.start(reference, options);
  await inPhase(waiter, 'waiting');
  open();
  const [first, second] = await Promise.all([leader.ended, waiter.ended]);
  assert.equal(first.exitCode, 0, first.output);
  assert.equal(second.exitCode, 0, second.output);
  assert.equal(proxy.requests.filter(isObjectRequest).length, Object.keys(files).length);
  assert.ok(
    second.log.some(({ leader }) => (leader as { phase?: string } | undefined)?.phase === 'transfer'),
    second.output,
  );
  assertPublished(place.volume);
  assert.deepEqual(leftovers(place), []);
});

test('a waiter gives up after its time with 75', async () => {
  await using place = await makePlace();
  const open = gate();
  const leader = place.start(reference, options);
  await inPhase(leader, 'transfer');
  const waiter = await place.fetch(reference, { ...options, flags: [...options.flags, '--wait-timeout', '2s'] });
  assert.equal(waiter.exitCode, 75);
  assert.match(waiter.terminationMessage, /still at work after 2 s/);
  open();
  assert.equal((await leader.ended).exitCode, 0);
});

test('a waiter takes over when the leader is killed', async () => {
  await using place = await makePlace();
  const open = gate();
  const leader = place.start(reference, options);
  await inPhase(leader, 'transfer');
  const waiter = place.start(reference, options);
  await inPhase(waiter, 'waiting');
  await killContainer(leader, place.scratch);
  open();
  const { exitCode, output } = await waiter.ended;
  assert.equal(exitCode, 0, output);
  assertPublished(place.volume);
  assert.deepEqual(leftovers(place), []);
});

for (const phase of ['commit', 'dataset', 'cache', 'transfer', 'publish']) {
  test(`killed by SIGKILL in phase "${phase}": nothing wrong is visible, and the next run ends the work`, async () => {
    await using place = await makePlace();
    const killed = place.start(reference, options);
    await inPhase(killed, phase);
    await killContainer(killed, place.scratch);
    const { exitCode, output } = await place.fetch(reference, options);
    assert.equal(exitCode, 0, output);
    assertPublished(place.volume);
    assert.deepEqual(leftovers(place), []);
  });
}

/** The processes of a fetch that run a program of this name, once there is one. */
async function running(place: Place, program: RegExp): Promise<number[]> {
  let found: number[] = [];
  await eventually(`${program} runs`, async () => {
    const ours = toolsOf(place.scratch);
    // Of DVC's runs, which are forks of one process, only the name tells what they do.
    const said = (pid: number) => ['cmdline', 'comm'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1'));
    found = ours.filter((pid) => program.test(said(pid).join(' ')));
    return found.length > 0;
  });
  return found;
}

/** Ends a fetch by SIGTERM while a program of this name runs for it, if one is given, and expects that nothing stays. */
async function terminate(place: Place, fetch: Running, program?: RegExp): Promise<void> {
  if (program) await running(place, program);
  fetch.process.kill('SIGTERM');
  const { exitCode, terminationMessage, output } = await fetch.ended;
  assert.equal(exitCode, 143, output);
  assert.match(terminationMessage, /stopped by SIGTERM/);
  assert.deepEqual(toolsOf(place.scratch), []);
  assert.deepEqual(leftovers(place), []);
  assert.equal(publishedFolder(place.volume), undefined);
}

test('SIGTERM ends a transfer, empties scratch and exits with 143', async () => {
  await using place = await makePlace();
  const open = gate();
  const running = place.start(reference, options);
  await inPhase(running, 'transfer');
  await terminate(place, running);
  open();
});

/** A git server that takes requests and never answers. */
async function silentServer(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(() => {});
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}/r`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('SIGTERM ends git, empties scratch and exits with 143', async () => {
  await using place = await makePlace();
  await using silent = await silentServer();
  const fetch = place.start(`${silent.url}@${dataset.sha}:all`, { flags: ['--allow-scheme', 'http'] });
  await terminate(place, fetch, /git.*fetch/);
});

/** A dataset of which DVC waits for one object for ever: somebody would have to write into the pipe. */
async function endlessDataset(): Promise<Dataset> {
  const endless = await makeDataset({ files, splits: {} });
  const object = endless.objectPath('folder/7.txt');
  rmSync(object);
  execFileSync('mkfifo', [object]);
  return endless;
}

test('SIGTERM ends DVC, empties scratch and exits with 143', async () => {
  await using endless = await endlessDataset();
  await using place = await makePlace();
  await terminate(place, place.start(`${endless.url}@${endless.sha}:*`), /dvc.*pull/);
});

/** As the kernel does when memory runs out: the largest process is gone, and the fetch is not. */
async function killTool(place: Place, fetch: Running, program: RegExp): Promise<void> {
  (await running(place, program)).forEach(killProcess);
  const { exitCode, terminationMessage, output } = await fetch.ended;
  assert.equal(exitCode, 74, output);
  assert.match(terminationMessage, /^(git|dvc) was ended by SIGKILL, as when memory runs out: .*dvc\.io\/memory/);
  assert.deepEqual(toolsOf(place.scratch), []);
  assert.deepEqual(leftovers(place), []);
  assert.equal(publishedFolder(place.volume), undefined);
}

test('git alone is killed: 74, with the annotation that gives it more memory', async () => {
  await using place = await makePlace();
  await using silent = await silentServer();
  const fetch = place.start(`${silent.url}@${dataset.sha}:all`, { flags: ['--allow-scheme', 'http'] });
  await killTool(place, fetch, /git.*fetch/);
});

test('DVC alone is killed, before or after every object came: 74, and the next run ends the work', async () => {
  await using place = await makePlace();
  await using endless = await endlessDataset();
  await killTool(place, place.start(`${endless.url}@${endless.sha}:*`), /dvc.*pull/);
  await killTool(place, place.start(reference, options), /dvc.*pull/);
  const { exitCode, output } = await place.fetch(reference, options);
  assert.equal(exitCode, 0, output);
  assertPublished(place.volume);
});

test('the pointer comes last and at once: in the moment it appears everything behind it is complete', async () => {
  await using place = await makePlace();
  const datasets = join(place.volume, 'datasets');
  mkdirSync(datasets);
  const open = gate();
  const running = place.start(reference, options);
  await inPhase(running, 'transfer');
  const [stateName = ''] = readdirSync(join(place.volume, 'state'));
  const phase = () => JSON.parse(readFileSync(join(place.volume, 'state', stateName), 'utf8')).phase;
  assert.notEqual(phase(), 'published');
  assert.deepEqual([readdirSync(datasets), readdirSync(join(place.volume, 'trees'))], [[], []]);
  const seen: unknown[] = [];
  const watcher = watch(datasets, () => {
    try {
      assert.ok(lstatSync(join(datasets, stateName.replace('.json', ''))).isSymbolicLink());
      assertPublished(place.volume);
      seen.push(JSON.parse(readFileSync(join(publishedFolder(place.volume) ?? '', 'dataset.json'), 'utf8')).files);
    } catch (error) {
      seen.push(error);
    }
  });
  open();
  const { exitCode, output } = await running.ended;
  await eventually('the pointer was seen', async () => seen.length > 0);
  watcher.close();
  assert.equal(exitCode, 0, output);
  assert.ok(
    seen.every((count) => count === Object.keys(files).length),
    String(seen),
  );
  assert.equal(phase(), 'published');
});

test('a leader that lost its lock, and its staging to a second leader, says so: 75, and nothing of it is visible', async () => {
  await using place = await makePlace();
  const layout = volumeLayout(place.volume);
  const open = gate();
  const running = place.start(reference, options);
  await inPhase(running, 'transfer');
  const [name = ''] = readdirSync(layout.staging);
  await removeDeadStaging(layout, name.replace(/-.*/, ''), pino({ enabled: false }));
  assert.deepEqual(readdirSync(layout.staging), []);
  open();
  const { exitCode, terminationMessage, output } = await running.ended;
  assert.equal(exitCode, 75, output);
  assert.match(terminationMessage, /^another fetcher took this dataset over.*run the fetch again/);
  assert.equal(publishedFolder(place.volume), undefined);
  assert.deepEqual(readdirSync(layout.trees), []);
  assert.deepEqual(leftovers(place), []);
  const again = await place.fetch(reference, options);
  assert.equal(again.exitCode, 0, again.output);
  assertPublished(place.volume);
});

test('a staging folder that can not be removed hides neither a success nor the reason of a failure', async () => {
  await using place = await makePlace();
  await using mounts = await makeMounts();
  for (const succeeds of [false, true]) {
    const open = gate();
    const running = place.start(reference, { ...options, prefix: mounts.prefix });
    await inPhase(running, 'transfer');
    const [name = ''] = readdirSync(join(place.volume, 'staging')).filter((each) => !each.startsWith('dead-'));
    const busy = join(place.volume, 'staging', name, 'busy');
    mkdirSync(busy);
    await mounts.mountMemory(busy, 'size=64k'); // a mount point can't be removed
    const restore = succeeds ? () => {} : dataset.removeObject('folder/7.txt');
    open();
    const { exitCode, log, output } = await running.ended;
    restore();
    assert.equal(exitCode, succeeds ? 0 : 66, output);
    assert.ok(
      log.some(({ level, msg }) => level === 'warn' && msg === 'could not remove the staging folder'),
      output,
    );
    assert.ok(existsSync(busy));
    await mounts.run('umount', busy);
  }
  assertPublished(place.volume);
});
