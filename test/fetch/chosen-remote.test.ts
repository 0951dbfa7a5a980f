/** Objects from another remote than the commit's default: one that the pod names, one built on another, one of the admin's. */
import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makePlace } from '../support/fetch/fetcher.ts';
import { fails, succeeds } from '../support/fetch/outcome.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';
import { startFileServer } from '../support/servers/file-server.ts';

let s3: S3;
let dataset: Dataset;
before(async () => {
  s3 = await startS3();
  dataset = await makeDataset({
    files: { 'a.txt': 'a', 'b/ü.txt': 'b' },
    splits: { train: ['a.txt', 'b/ü.txt'] },
    remote: { kind: 's3', s3, bucket: 'datasets', prefix: 'images' },
  });
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await s3?.[Symbol.asyncDispose]();
});

/** Commits this configuration; returns the reference of the split at that commit. */
async function withConfig(...lines: string[]): Promise<string> {
  const sha = await dataset.commit({ repositoryFiles: { '.dvc/config': `${lines.join('\n')}\n` } });
  return `${dataset.url}@${sha}:train`;
}

test('the remote that --remote names is fetched from in place of a default out of reach', async () => {
  await using server = await startFileServer(dataset.remoteDirectory);
  const remotes = [`['remote "drive"']`, 'url = gdrive://root/x', `['remote "Files"']`, `url = ${server.url}`];
  const reference = await withConfig('[core]', 'remote = drive', ...remotes);
  const flags = ['--allow-endpoint', server.url];
  await using place = await makePlace();
  await fails(place, reference, 65, /type gdrive, .*login of a person.*dvc\.io\/remote: files \(--remote\)/, { flags });
  await fails(place, reference, 65, /no remote "nas" .*which dvc\.io\/remote names.*it has drive, files/, {
    flags: [...flags, '--remote', 'nas'],
  });
  assert.equal(server.seen.length, 0);
  await succeeds(place, reference, { flags, environment: { DVC_INJECTOR_REMOTE: 'files' } });
  assert.ok(server.seen.length > 0);
});

test('a remote that is built on another one is fetched from at the joined address', async () => {
  await using server = await startFileServer(dirname(dataset.remoteDirectory));
  const base = [`['remote "base"']`, `url = ${server.url}`];
  const remotes = [...base, `['remote "images"']`, `url = remote://base/${basename(dataset.remoteDirectory)}`];
  const reference = await withConfig('[core]', 'remote = images', ...remotes);
  await using place = await makePlace();
  await fails(place, reference, 64, /server http:\/\/127\.0\.0\.1:[0-9]+ is not allowed.*\(DVC remote "images"\)/);
  await succeeds(place, reference, { flags: ['--allow-endpoint', server.url] });
});

test("the admin's remote is fetched from where the commit has none, and its own server needs no listing", async () => {
  const reference = await withConfig('[core]');
  await using place = await makePlace();
  const environment = {
    ...s3.environment,
    DVC_INJECTOR_FALLBACK_REMOTE: 's3://datasets/images',
    DVC_INJECTOR_FALLBACK_REGION: 'us-east-1',
    DVC_INJECTOR_FALLBACK_ENDPOINT: s3.endpoint,
  };
  await fails(place, reference, 65, /names no default DVC remote.*repositories\.remotes/, {
    environment: s3.environment,
  });
  await succeeds(place, reference, { environment });
});
