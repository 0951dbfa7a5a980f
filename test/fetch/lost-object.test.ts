/** An object that got lost at the remote: what the sentence says is done to the letter, with real DVC, until the fetch succeeds. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDataset } from '../support/dataset/dataset.ts';
import { makePlace } from '../support/fetch/fetcher.ts';
import { fails, succeeds } from '../support/fetch/outcome.ts';

test('of a folder: its list has to be deleted at the remote, and then dvc push brings the file', async () => {
  await using dataset = await makeDataset({ files: { 'a.txt': 'a', 'b.txt': 'b' }, splits: { train: ['a.txt'] } });
  await using place = await makePlace();
  const reference = `${dataset.url}@${dataset.sha}:train`;
  const lost = dataset.objectPath('a.txt');
  rmSync(lost);
  const { terminationMessage } = await fails(place, reference, 66, /lacks the object/);

  const status = await dataset.tools.dvc(dataset.workTree, 'data', 'status', '--not-in-remote', '--granular');
  assert.match(String(status), /data\/a\.txt/);
  await dataset.tools.dvc(dataset.workTree, 'push');
  assert.equal(existsSync(lost), false, 'dvc push alone brings nothing, which is why the sentence says more');

  const list = /delete (files\/md5\/[0-9a-f]{2}\/[0-9a-f]{30}\.dir) at the remote/.exec(terminationMessage)?.[1];
  rmSync(join(dataset.remoteDirectory, list ?? assert.fail(terminationMessage)));
  assert.match(terminationMessage, /then run dvc push in a checkout of the commit that has the file/);
  await dataset.tools.dvc(dataset.workTree, 'push');
  await succeeds(place, reference);
});

test('of a single file: dvc push is enough', async () => {
  await using dataset = await makeDataset({ files: { 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
  await using place = await makePlace();
  const { workTree, tools } = dataset;
  writeFileSync(join(workTree, 'single.txt'), 'single');
  await tools.dvc(workTree, 'add', 'single.txt');
  await tools.dvc(workTree, 'push', 'single.txt');
  await tools.git(workTree, 'add', '--all');
  await tools.git(workTree, 'commit', '--quiet', '-m', 'one file');
  await tools.git(workTree, 'push', '--quiet', 'origin', 'HEAD');
  const sha = await tools.git(workTree, 'rev-parse', 'HEAD');
  const reference = `${dataset.url}@${sha}:*`;
  const flags = ['--data-dir', 'single.txt'];
  const oid = createHash('md5').update('single').digest('hex');
  rmSync(join(dataset.remoteDirectory, 'files', 'md5', oid.slice(0, 2), oid.slice(2)));
  const sentence = /lacks the object [0-9a-f]{32} of "single\.txt": run dvc push in a checkout of the commit that has/;
  await fails(place, reference, 66, sentence, { flags });
  await tools.dvc(workTree, 'push', 'single.txt');
  await succeeds(place, reference, { flags });
});
