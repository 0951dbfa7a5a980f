/** Mounted read-only: what is published is found, what is not says why it can't be; and the fetcher's own root is always so. */
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { leftovers, makePlace, publishedFolder } from '../support/fetch/fetcher.ts';
import { makeMounts } from '../support/fetch/mounts.ts';
import { pathWith, publish } from '../support/fetch/published.ts';

const files = { 'a.txt': 'a', 'b/c.txt': 'c' };
let dataset: Dataset;
before(async () => {
  dataset = await makeDataset({ files, splits: { train: Object.keys(files) } });
});
after(() => dataset?.[Symbol.asyncDispose]());

test('on a read-only volume a published dataset is found, with --verify too, and though its state has the wrong mode', async () => {
  await using place = await makePlace();
  await using mounts = await makeMounts();
  const { state } = await publish(place, `${dataset.url}@${dataset.sha}:train`);
  chmodSync(state, 0o600); // as a crash between making and sharing it leaves it
  await mounts.makeReadOnly(place.volume);
  const environment = pathWith(place, 'nsenter');
  for (const flags of [[], ['--verify']]) {
    const options = { ...(flags.length > 0 ? {} : { environment }), flags, prefix: mounts.prefix };
    const { exitCode, log, output } = await place.fetch(`${dataset.url}@${dataset.sha}:train`, options);
    assert.equal(exitCode, 0, output);
    assert.equal(log.at(-1)?.msg, 'the dataset is published already');
  }
  assert.equal(lstatSync(state).mode & 0o777, 0o600);
});

test('on a read-only volume --verify says what is wrong, in the log and at the end, though it can mend nothing', async () => {
  await using place = await makePlace();
  await using mounts = await makeMounts();
  const { tree } = await publish(place, `${dataset.url}@${dataset.sha}:train`);
  const damaged = join(tree, 'data', 'a.txt');
  rmSync(damaged); // not written to: it is an object of the cache, too
  writeFileSync(damaged, 'A');
  await mounts.makeReadOnly(place.volume);
  const verify = { flags: ['--verify'], prefix: mounts.prefix };
  const { exitCode, log, output, terminationMessage } = await place.fetch(
    `${dataset.url}@${dataset.sha}:train`,
    verify,
  );
  assert.equal(exitCode, 74, output);
  const wrong = '1 of its files are damaged, such as "a.txt"';
  assert.ok(
    log.some(
      ({ level, msg }) => level === 'warn' && msg === `what is published is not what its commit names: ${wrong}`,
    ),
    output,
  );
  const [finding, reason] = terminationMessage.split('), and was not mended: ');
  assert.equal(finding, `what is published is not what its commit names (${wrong}`);
  assert.match(reason ?? '', /^the volume at .* is mounted read-only: mount it read-write for the fetch/);
  assert.doesNotMatch(output, /is repaired/);
});

test('on a read-only volume what is not published ends with 74 that says so, be the volume empty or not', async () => {
  await using place = await makePlace();
  await using mounts = await makeMounts();
  await mounts.makeReadOnly(place.volume);
  const readOnly = /^the volume at .* is mounted read-only: mount it read-write for the fetch/;
  const first = await place.fetch(`${dataset.url}@${dataset.sha}:train`, { prefix: mounts.prefix });
  assert.equal(first.exitCode, 74, first.output);
  assert.match(first.terminationMessage, readOnly);
  await publish(place, `${dataset.url}@${dataset.sha}:train`); // outside, where it is not read-only
  const other = await place.fetch(`${dataset.url}@${dataset.sha}:*`, { prefix: mounts.prefix });
  assert.equal(other.exitCode, 74, other.output);
  assert.match(other.terminationMessage, readOnly);
});

test('with a read-only root file system and a UID that nobody knows the fetch needs its volume and its scratch only', async () => {
  await using place = await makePlace();
  await using mounts = await makeMounts();
  const folder = dirname(place.volume); // also has the termination message, which the kubelet mounts
  await mounts.run('mount', '--bind', folder, folder);
  await mounts.run('mount', '-o', 'remount,bind,ro', '/');
  await assert.rejects(mounts.run('touch', '/etc/dvc-injector-test'), /Read-only file system/);
  const prefix = [...mounts.prefix, 'unshare', '--user', '--map-user=123456', '--map-group=123456'];
  const { exitCode, output, terminationMessage } = await place.fetch(`${dataset.url}@${dataset.sha}:train`, { prefix });
  assert.equal(exitCode, 0, output);
  assert.match(terminationMessage, /^published 2 files/);
  const published = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  assert.equal(readFileSync(`${published}/data/b/c.txt`, 'utf8'), 'c');
  assert.deepEqual(leftovers(place), []);
});
