/** A dataset at a real S3 server, behind a proxy that makes the faults. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Dataset, makeDataset } from '../dataset/dataset.ts';
import { type Place, publishedFolder, type StartOptions } from '../fetch/fetcher.ts';
import { cachedObjects, succeeds } from '../fetch/outcome.ts';
import { assertFiles } from '../fetch/published.ts';
import type { Asked, Fault } from './fault.ts';
import { isObjectRequest } from './object-request.ts';
import { type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';
import { type S3, startS3 } from './s3.ts';

/** The server, the proxy and the dataset. The first is what the dataset names; `spoilt` is one of its files. */
export interface S3Scene extends AsyncDisposable {
  s3: S3;
  proxy: RecordingProxy;
  dataset: Dataset;
  reference: string;
  /** What a good run needs. */
  good: StartOptions;
  /** True for the GET of a file's object, whichever. */
  anyObject(asked: Asked): boolean;
  /** True for the GET of the object of the file `spoilt`. */
  oneObject(asked: Asked): boolean;
  /** True for the GET of the list of files. */
  listObject(asked: Asked): boolean;
  inject(fault: Fault): () => void;
  /** Replaces a proxy that was stopped by one at the same address. */
  restartProxy(): Promise<void>;
  /** Commits a `.dvc/config` with these lines in its remote's section; returns the reference of that commit. */
  withRemote(lines: Readonly<Record<string, string>>): Promise<string>;
  /** A good run publishes every byte, and asks the server for nothing that the volume holds already. */
  recovers(place: Place, reference?: string): Promise<void>;
}

/** The file whose object the faults are about. It is larger than what is sent at once. */
export const spoilt = 'images/7.png';
const bucket = 'datasets';

const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`images/${i}.png`, `image ${i} `.repeat(400)])),
  [spoilt]: 'a larger image '.repeat(20_000),
};

export async function startS3Scene(): Promise<S3Scene> {
  const s3 = await startS3();
  let proxy = await startRecordingProxy(s3.endpoint);
  const { endpoint } = proxy;
  const remote = { kind: 's3', s3, bucket, endpoint } as const;
  const dataset = await makeDataset({ files, splits: { all: Object.keys(files) }, remote });
  const reference = `${dataset.url}@${dataset.sha}:all`;
  const path = dataset.objectPath(spoilt).slice(join(dataset.remoteDirectory, '..').length);
  const good: StartOptions = { flags: ['--allow-endpoint', endpoint], environment: dataset.credentials };
  return {
    s3,
    get proxy() {
      return proxy;
    },
    dataset,
    reference,
    good,
    anyObject: isObjectRequest,
    oneObject: (asked) => isObjectRequest(asked) && asked.path === path,
    listObject: ({ method, path: asked }) => method === 'GET' && asked.endsWith('.dir'),
    inject: (fault) => proxy.inject(fault),
    async restartProxy() {
      proxy = await startRecordingProxy(s3.endpoint, Number(new URL(endpoint).port));
    },
    async withRemote(lines) {
      const settings = { url: `s3://${bucket}`, endpointurl: endpoint, ...lines };
      const section = Object.entries(settings).map(([key, value]) => `    ${key} = ${value}\n`);
      const config = `[core]\n    remote = origin\n['remote "origin"']\n${section.join('')}`;
      const sha = await dataset.commit({ repositoryFiles: { '.dvc/config': config } });
      return `${dataset.url}@${sha}:all`;
    },
    async recovers(place, of = reference) {
      const kept = cachedObjects(place.volume);
      proxy.reset();
      await succeeds(place, of, good);
      assertPublished(place);
      const again = proxy.requests
        .filter(isObjectRequest)
        .map(oidOf)
        .filter((oid) => kept.has(oid));
      assert.deepEqual(again, [], 'what the failed run had kept is not downloaded again');
    },
    async [Symbol.asyncDispose]() {
      await dataset[Symbol.asyncDispose]();
      await proxy.stop();
      await s3.stop();
    },
  };
}

/** What is published has exactly the dataset's bytes. */
export function assertPublished(place: Place): void {
  assertFiles(publishedFolder(place.volume) ?? assert.fail('nothing is published'), files);
}

function oidOf({ path }: Asked): string {
  return path.slice(-33).replace('/', '');
}
