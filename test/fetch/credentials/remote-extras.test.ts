/** Remotes that need another image: real DVC without their extras, and what people are told to build. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { withRemote } from '../../support/dataset/remote-config.ts';
import { makePlace } from '../../support/fetch/fetcher.ts';

let dataset: Dataset;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
});
after(() => dataset?.[Symbol.asyncDispose]());

const remotes: [extra: string, settings: Record<string, string>][] = [
  ['gs', { url: 'gs://bucket/x' }],
  ['azure', { url: 'azure://container/x', account_name: 'account1' }],
  ['webdav', { url: 'webdavs://localhost/x' }],
  ['webhdfs', { url: 'webhdfs://localhost:9870/x', use_https: 'true' }],
];
for (const [extra, settings] of remotes) {
  test(`${settings.url} without its extra ends with 78 and says how to build an image with it`, async () => {
    await using place = await makePlace();
    const reference = await withRemote(dataset, settings);
    const { exitCode, output, terminationMessage } = await place.fetch(reference, {
      flags: ['--allow-endpoint', 'localhost'],
    });
    assert.equal(exitCode, 78, output);
    assert.match(terminationMessage, new RegExp(`DVC remote .*--build-arg DVC_EXTRAS=${extra}$`));
  });
}
