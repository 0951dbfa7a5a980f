/** That `check` finds each missing object of a large dataset, by few requests and without a byte of data. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeRawRepository, type RawRepository } from '../../support/dataset/raw-repository.ts';
import { reportsOf } from '../../support/fetch/checked.ts';
import { type RecordingProxy, startRecordingProxy } from '../../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';

const files = 20_000;
const paths = Array.from({ length: files }, (_, n) => `${n % 100}/${n}.txt`);
const md5 = (content: string) => createHash('md5').update(content).digest('hex');
const contentOf = (path: string) => `content ${/([0-9]+)\.txt$/.exec(path)?.[1]}`;
const list = `[${paths.map((path) => JSON.stringify({ md5: md5(contentOf(path)), relpath: path })).join(', ')}]`;
const oid = `${md5(list)}.dir`;

let s3: S3;
let proxy: RecordingProxy;
let dataset: RawRepository;
/** The object's file at the server. Written by hand, as `dvc push` of so many takes minutes. */
const objectPath = (name: string) => join(s3.directory('large'), 'files', 'md5', name.slice(0, 2), name.slice(2));
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
  s3.ensureBucket('large');
  const write = (name: string, content: string) => {
    mkdirSync(dirname(objectPath(name)), { recursive: true });
    writeFileSync(objectPath(name), content);
  };
  for (const path of paths) write(md5(contentOf(path)), contentOf(path));
  write(oid, list);
  dataset = await makeRawRepository({
    files: {
      'data.dvc': `outs:\n- md5: ${oid}\n  nfiles: ${files}\n  hash: md5\n  path: data\n`,
      'data-split/few': ['1/1.txt', '2/2.txt', '3/3.txt', ''].join('\n'),
      'data-split/some': paths.slice(0, 12).join('\n'),
      '.dvc/config': `[core]\n    remote = origin\n['remote "origin"']\n    url = s3://large\n    endpointurl = ${proxy.endpoint}\n`,
    },
  });
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await s3?.stop();
});

const check = async (split: string) => {
  proxy.reset();
  const flags = ['--allow-scheme', 'file', '--allow-endpoint', proxy.endpoint];
  return reportsOf([`${dataset.url}@${dataset.sha}:${split}`, ...flags], { environment: s3.environment });
};

/** All GETs of objects: the list of the folder is the only one that may be read. */
const read = () =>
  proxy.requests.filter(({ method, path, query }) => method === 'GET' && /\/files\/md5\/../.test(path) && !query);

test('three missing objects of 20,000: exactly these, and no object but the list is read', async (t) => {
  const lost = ['7/7.txt', '50/150.txt', '99/19999.txt'];
  for (const path of lost) rmSync(objectPath(md5(contentOf(path))));
  const started = performance.now();
  const { exitCode, datasets, stderr } = await check('*');
  const seconds = (performance.now() - started) / 1000;
  for (const path of lost) writeFileSync(objectPath(md5(contentOf(path))), contentOf(path));
  const [report] = datasets;
  assert.equal(exitCode, 66, stderr);
  assert.deepEqual(report?.missing.map(({ path }) => path).sort(), [...lost].sort());
  assert.match(report?.message ?? '', /lacks the object .* \(and 2 more files\): delete files\/md5\//);
  assert.equal(report?.files, files);
  assert.deepEqual(
    read().map(({ path }) => path),
    [`/large/files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`],
  );
  assert.ok(proxy.requests.length < 100, `${proxy.requests.length} requests`);
  t.diagnostic(`${proxy.requests.length} requests, ${proxy.bodyBytes()} bytes, ${seconds.toFixed(1)} s`);
});

test('all are there: files, bytes and the largest file as the remote has them', async (t) => {
  const started = performance.now();
  const { exitCode, datasets, stderr } = await check('*');
  t.diagnostic(`${proxy.requests.length} requests, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  assert.equal(exitCode, 0, stderr);
  const [report] = datasets;
  // "content " and 10 numbers of one digit, 90 of two, 900 of three, 9,000 of four and 10,000 of five.
  const bytes = files * 8 + 10 + 90 * 2 + 900 * 3 + 9_000 * 4 + 10_000 * 5;
  assert.deepEqual([report?.files, report?.bytes, report?.bytesAreEstimated], [files, bytes, false]);
  assert.equal(report?.largestFile?.bytes, 13);
  assert.deepEqual(report?.credentials[1], {
    for: 'remote',
    from: 'the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_DEFAULT_REGION, AWS_EC2_METADATA_DISABLED',
  });
});

test('of a few objects, and of a dozen that are less than the lists: a HEAD for each', async () => {
  for (const [split, objects] of [
    ['few', 3],
    ['some', 12],
  ] as const) {
    const { exitCode, stderr } = await check(split);
    assert.equal(exitCode, 0, stderr);
    assert.equal(proxy.count('HEAD', /\/files\/md5\//), objects);
    assert.equal(read().length, 1);
  }
});

test('where the credentials may get and not list: a HEAD for each', async () => {
  const stop = proxy.inject({ when: ({ query }) => query.includes('list-type'), reply: 403 });
  try {
    const { exitCode, stderr } = await check('some');
    assert.equal(exitCode, 0, stderr);
    assert.equal(proxy.count('HEAD', /\/files\/md5\//), 12);
  } finally {
    stop();
  }
});
