/** What a log collector, the kubelet and a waiter get to know of a fetch. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { phases } from '../../src/fetch/report/progress.ts';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { eventually } from '../support/eventually.ts';
import { type LogLine, makePlace, type Outcome } from '../support/fetch/fetcher.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';

// Two of them are the same object.
const names = Array.from({ length: 30 }, (_, i) => `folder/${i}.txt`);
const files = Object.fromEntries(
  names.map((name, i) => [name, i === 1 ? 'content 00' : `content ${`${i}`.padStart(2, '0')}`]),
);
const bytes = Object.values(files).reduce((sum, text) => sum + text.length, 0);
let s3: S3;
let proxy: RecordingProxy;
let dataset: Dataset;
let options: { flags: string[]; environment: Readonly<Record<string, string>> };
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
  const remote = { kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint } as const;
  dataset = await makeDataset({ files, splits: { all: names, some: names.slice(0, 10) }, remote });
  options = { flags: ['--allow-endpoint', proxy.endpoint], environment: dataset.credentials };
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await s3?.stop();
});

const reference = (split: string) => `${dataset.url}@${dataset.sha}:${split}`;

/** What it printed, where every line is JSON. */
function linesOf({ exitCode, output }: Outcome): LogLine[] {
  assert.equal(exitCode, 0, output);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
}

test('every line is JSON on one line, and each phase has its own, with figures that only grow', async () => {
  await using place = await makePlace();
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const remove = proxy.inject({
    when: isObjectRequest,
    wait: () => opened,
  });
  const running = place.start(reference('all'), options);
  const transfers = () => running.log.filter(({ phase }) => phase === 'transfer');
  await eventually('the transfer tells a second time that it goes on', async () => transfers().length > 1);
  remove();
  open();
  const lines = linesOf(await running.ended);
  for (const line of lines) {
    assert.match(String(line.time), /^\d{4}-\d\d-\d\dT.*Z$/);
    if ('phase' in line) assert.equal(line.msg, phases[line.phase as keyof typeof phases]);
  }
  const [first, second] = lines.filter(({ phase }) => phase === 'transfer');
  for (const line of [first ?? assert.fail(), second ?? assert.fail()]) {
    const { files: written, of, bytes: size, rate, downloadedFiles, toDownload, downloadedBytes } = line;
    assert.deepEqual([of, toDownload, rate], [30, 29, 0]);
    assert.deepEqual([written, size, downloadedFiles, downloadedBytes], [0, 0, 0, 0]);
    assert.equal('eta' in line, false, 'nothing came, so nobody can tell');
  }
});

test('the last line is a summary, and so is the termination message', async () => {
  await using place = await makePlace();
  const some = await place.fetch(reference('some'), options);
  const { downloadedFiles, fromCache } = linesOf(some).at(-1) ?? assert.fail('it printed nothing');
  assert.deepEqual([downloadedFiles, fromCache], [9, 1]);
  const all = await place.fetch(reference('all'), options);
  const { time: _, key, seconds, rate, ...summary } = linesOf(all).at(-1) ?? assert.fail('it printed nothing');
  assert.deepEqual(summary, {
    level: 'info',
    files: 30,
    bytes,
    downloadedFiles: 20,
    downloadedBytes: 200,
    fromCache: 10,
    msg: 'the dataset is published',
  });
  assert.match(String(key), /^[0-9a-f]{32}$/);
  assert.ok(typeof seconds === 'number' && seconds > 0 && typeof rate === 'number' && rate > 0);
  assert.match(
    all.terminationMessage,
    /^published 30 files \(300 B\) of \S+:all in [\d.]+ s: 20 objects \(200 B\) downloaded at [\d.]+ k?B\/s, 10 files without a download$/,
  );
});

test('a start that finds the dataset there says so, in its last line and in the termination message', async () => {
  await using place = await makePlace();
  linesOf(await place.fetch(reference('some'), options));
  const again = await place.fetch(reference('some'), options);
  const { time: _, key: __, seconds, ...summary } = linesOf(again).at(-1) ?? assert.fail('it printed nothing');
  assert.deepEqual(summary, {
    level: 'info',
    files: 10,
    bytes: 100,
    downloadedFiles: 0,
    downloadedBytes: 0,
    fromCache: 10,
    msg: 'the dataset is published already',
  });
  assert.equal(typeof seconds, 'number');
  assert.match(again.terminationMessage, /^found 10 files \(100 B\) of \S+:some, published already$/);
});

test('a fetch that completes an earlier one says so', async () => {
  await using place = await makePlace();
  linesOf(await place.fetch(reference('some'), options));
  const [state = ''] = readdirSync(join(place.volume, 'state')).map((name) => join(place.volume, 'state', name));
  const { sample: _, ...rest } = JSON.parse(readFileSync(state, 'utf8'));
  writeFileSync(state, JSON.stringify({ ...rest, phase: 'publish' })); // killed before its last word
  const again = await place.fetch(reference('some'), options);
  assert.equal(linesOf(again).at(-1)?.msg, 'an earlier fetch is completed');
  assert.match(again.terminationMessage, /^completed an earlier fetch of 10 files \(100 B\) of \S+:some in [\d.]+ s$/);
});

test("the state file has the leader's figures for those who wait, with its rate", async () => {
  await using place = await makePlace();
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const remove = proxy.inject({
    when: isObjectRequest,
    wait: () => opened,
  });
  const leader = place.start(reference('all'), options);
  await eventually('the leader transfers', async () => leader.log.some(({ phase }) => phase === 'transfer'));
  const waiter = place.start(reference('all'), options);
  await eventually('the waiter has heard of the leader', async () =>
    waiter.log.some((line) => (line.leader as { rate?: number } | undefined)?.rate === 0),
  );
  remove();
  open();
  linesOf(await leader.ended);
  const [first] = linesOf(await waiter.ended);
  assert.equal(first?.msg, phases.waiting);
  assert.equal(typeof first?.waited, 'number');
});
