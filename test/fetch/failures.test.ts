/** Each way a fetch can fail (faults of servers: `faults/`): its exit code, one plain sentence, nothing published, and the next good run succeeds. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findExecutable } from '../../provision/binaries.ts';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makeRawRepository } from '../support/dataset/raw-repository.ts';
import { makePlace } from '../support/fetch/fetcher.ts';
import { fails, succeeds } from '../support/fetch/outcome.ts';

let dataset: Dataset;
before(async () => {
  const files = { 'a.txt': 'a', 'b.txt': 'bb', 'c/d.txt': 'd' };
  dataset = await makeDataset({
    files,
    splits: {
      train: ['a.txt', 'c/d.txt'],
      val: ['b.txt'],
      broken: 'a.txt\nnot/there.txt\n\n../up\n/abs\n',
      none: '\n\n',
    },
  });
});
after(() => dataset?.[Symbol.asyncDispose]());

test('a list that names missing paths: 65, each line with its number, and another split works', async () => {
  await using place = await makePlace();
  const sentence = /data-split\/broken has 3 lines .*line 2: "not\/there.txt" is no file of the dataset/;
  const { log } = await fails(place, `${dataset.url}@${dataset.sha}:broken`, 65, sentence);
  const details = log.flatMap(({ detail }) => (typeof detail === 'string' ? [detail] : []));
  assert.deepEqual(
    details.map((line) => /^line (\d+)/.exec(line)?.[1]),
    ['2', '4', '5'],
  );
  await succeeds(place, `${dataset.url}@${dataset.sha}:train`);
});

test('a list that names no file: 65', async () => {
  await using place = await makePlace();
  await fails(place, `${dataset.url}@${dataset.sha}:none`, 65, /names no file/);
});

test('a dataset that DVC recorded as empty: 65, for every file as for a list', async () => {
  await using hidden = await makeDataset({ files: { '.dvc/x': '1', 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
  await using place = await makePlace();
  await fails(place, `${hidden.url}@${hidden.sha}:*`, 65, /the commit's dataset has no files/);
  await fails(place, `${hidden.url}@${hidden.sha}:train`, 65, /the commit's dataset has no files/);
});

test('a wrong sha: 66, and the right one works', async () => {
  await using place = await makePlace();
  const wrong = dataset.sha.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  await fails(place, `${dataset.url}@${wrong}:train`, 66, /has no commit .*push it/);
  await succeeds(place, `${dataset.url}@${dataset.sha}:train`);
});

test('a short sha, a branch, credentials in the URL: 64, and no secret is repeated', async () => {
  await using place = await makePlace();
  await fails(place, `${dataset.url}@${dataset.sha.slice(0, 8)}:train`, 64, /short sha/);
  await fails(place, `${dataset.url}@main:train`, 64, /branch or tag/);
  const { output } = await fails(
    place,
    `https://me:topsecret@example.com/r@${dataset.sha}:train`,
    64,
    /credentials|no user/,
  );
  assert.ok(!output.includes('topsecret'));
});

test('a missing split: 66 that names the splits there are', async () => {
  await using place = await makePlace();
  await fails(
    place,
    `${dataset.url}@${dataset.sha}:test`,
    66,
    /has no list data-split\/test; it has broken, none, train, val/,
  );
});

test('a repository that is not there: 66; a scheme that is not allowed: 64; an unknown flag: 64', async () => {
  await using place = await makePlace();
  await fails(place, `file:///nowhere/to/be/found@${dataset.sha}:train`, 66, /there is no repository/);
  await fails(place, `http://example.com/r@${dataset.sha}:train`, 64, /scheme http/);
  await fails(place, `${dataset.url}@${dataset.sha}:train`, 64, /--bogus/, { flags: ['--bogus'] });
});

test('a missing object: 66 that names it, and once it is pushed the next run succeeds', async () => {
  await using place = await makePlace();
  const restore = dataset.removeObject('c/d.txt');
  try {
    await fails(
      place,
      `${dataset.url}@${dataset.sha}:train`,
      66,
      /lacks the object [0-9a-f]{32} of "c\/d.txt": delete files\/md5\/[0-9a-f]{2}\/[0-9a-f]{30}\.dir at the remote, .* then run dvc push/,
    );
  } finally {
    restore();
  }
  await succeeds(place, `${dataset.url}@${dataset.sha}:train`);
});

test('a corrupt and a truncated object: 65 that names it', async () => {
  await using place = await makePlace();
  for (const damage of [dataset.corruptObject, dataset.truncateObject]) {
    const restore = damage('b.txt');
    try {
      await fails(place, `${dataset.url}@${dataset.sha}:val`, 65, /object [0-9a-f]{32} of "b.txt" .*is damaged/);
    } finally {
      restore();
    }
  }
  await succeeds(place, `${dataset.url}@${dataset.sha}:val`);
});

test("a remote without the dataset's list of files: 66 that says to push", async () => {
  await using place = await makePlace();
  await using empty = await makeRawRepository({
    files: {
      'data.dvc': `outs:\n- md5: ${'0'.repeat(32)}.dir\n  hash: md5\n  path: data\n`,
      'data-split/train': 'a.txt\n',
      '.dvc/config': `[core]\n    remote = origin\n['remote "origin"']\n    url = ${dataset.remoteDirectory}\n`,
    },
  });
  await fails(place, `${empty.url}@${empty.sha}:train`, 66, /lacks the dataset's object 0{32}\.dir: run dvc push/);
});

test('git or DVC absent: 78 that names it', async () => {
  await using place = await makePlace();
  const reference = `${dataset.url}@${dataset.sha}:train`;
  const tools = join(place.scratch, '..', 'tools');
  mkdirSync(tools);
  symlinkSync(findExecutable('flock') ?? assert.fail('there is no flock'), join(tools, 'flock'));
  await fails(place, reference, 78, /(git|dvc) is not on the PATH/, { environment: { PATH: tools } });
  const dvcOnly = [join(place.environment.PATH?.split(':')[0] ?? ''), tools].join(':');
  await fails(place, reference, 78, /git is not on the PATH/, { environment: { PATH: dvcOnly } });
});

test('a key that the webhook computed otherwise: 78 that speaks of versions', async () => {
  await using place = await makePlace();
  await fails(place, `${dataset.url}@${dataset.sha}:train`, 78, /different versions/, {
    environment: { DVC_INJECTOR_KEY: 'f'.repeat(32) },
  });
});

test('a volume that is not there: 74', async () => {
  await using place = await makePlace();
  const volume = join(place.volume, 'absent');
  const { exitCode, terminationMessage } = await place.fetch(`${dataset.url}@${dataset.sha}:train`, { volume });
  assert.equal(exitCode, 74);
  assert.match(terminationMessage, /there is no volume at/);
});

test('a fresh volume that belongs to root: 74 that names the user and what an admin has to do', async () => {
  await using place = await makePlace();
  chmodSync(place.volume, 0o555);
  const prefix =
    process.getuid?.() === 0
      ? ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all', '--securebits', '+noroot,+noroot_locked']
      : [];
  const { exitCode, terminationMessage, output } = await place.fetch(`${dataset.url}@${dataset.sha}:train`, { prefix });
  chmodSync(place.volume, 0o755);
  assert.equal(exitCode, 74, output);
  assert.match(
    terminationMessage,
    /not writable for UID \d+, GID \d+: it belongs to \d+:\d+ with mode 555.*access point with posixUser/,
  );
});

test('a scratch that lies on the volume: 78; one that is not there: 74', async () => {
  await using place = await makePlace();
  const reference = `${dataset.url}@${dataset.sha}:train`;
  const scratch = join(place.volume, 'scratch');
  mkdirSync(scratch);
  await fails(place, reference, 78, /lies on the volume/, { flags: ['--scratch', scratch] });
  await fails(place, reference, 74, /there is no scratch folder/, {
    flags: ['--scratch', join(place.scratch, 'absent')],
  });
});
