/** Real datasets in real git and DVC repositories, whose remote a test can damage: the thing that is fetched. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DatasetSpec,
  makeSampleDataset,
  type Remote,
  type SampleDataset,
} from '../../../provision/sample-dataset.ts';
import type { S3 } from '../s3/s3.ts';
import * as objects from './objects.ts';

/** Where the objects are kept. `endpoint` is what the repository says, such as a proxy's; the server's unless given. */
export type RemoteKind = { kind: 'local' } | { kind: 's3'; s3: S3; bucket: string; prefix?: string; endpoint?: string };

/** As for `makeSampleDataset`, plus the folder to work in: a temporary one, deleted on disposal, unless given. */
export type Spec = Omit<DatasetSpec, 'remote'> & { remote?: RemoteKind; folder?: string };

/** A dataset. What damages an object takes its file's path in the data directory of the latest commit. */
export interface Dataset extends SampleDataset, AsyncDisposable {
  readonly folder: string;
  /** The folder that holds the remote's `files/md5/…`, on S3 too. */
  readonly remoteDirectory: string;
  /** What a client of the remote needs in its environment; nothing for a local one. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The oid of the data directory's list at the latest commit: `….dir`. */
  dirOid(): string;
  /** The path on disk of that list in the remote. */
  dirObjectPath(): string;
  /** The path on disk of a file's object in the remote. Throws where the dataset has no such file. */
  objectPath(path: string): string;
  removeObject(path: string): objects.Restore;
  corruptObject(path: string): objects.Restore;
  truncateObject(path: string): objects.Restore;
}

/** Makes a dataset; its remote is a local folder unless said otherwise. An S3 bucket is made if it isn't there. */
export async function makeDataset(spec: Spec): Promise<Dataset> {
  const folder = spec.folder ?? mkdtempSync(join(tmpdir(), 'dvc-injector-dataset-'));
  const remove = () => {
    if (!spec.folder) rmSync(folder, { recursive: true, force: true });
  };
  const { remote, directory, changed } = prepareRemote(spec.remote ?? { kind: 'local' }, folder);
  const sample = await makeSampleDataset(folder, { ...spec, remote }).catch((error) => {
    remove();
    throw error;
  });
  const dirOid = () => objects.outputOid(join(sample.workTree, `${sample.dataDir}.dvc`));
  const objectPath = (path: string) => {
    // From the cache of the work tree, because the list in the remote may be the one that is damaged.
    const list = join(sample.workTree, '.dvc', 'cache', objects.pathOfObject(dirOid()));
    const entries: objects.DirEntry[] = JSON.parse(readFileSync(list, 'utf8'));
    const entry = entries.find((each) => each.relpath === path);
    if (!entry) throw new Error(`the dataset has no file ${JSON.stringify(path)}`);
    return join(directory, objects.pathOfObject(entry.md5));
  };
  return {
    ...sample,
    get sha() {
      return sample.sha; // a spread would have copied today's value
    },
    folder,
    remoteDirectory: directory,
    credentials: remote.environment ?? {},
    dirOid,
    dirObjectPath: () => join(directory, objects.pathOfObject(dirOid())),
    objectPath,
    removeObject: (path) => objects.removeObject(objectPath(path), changed),
    corruptObject: (path) => objects.corruptObject(objectPath(path), changed),
    truncateObject: (path) => objects.truncateObject(objectPath(path), changed),
    [Symbol.asyncDispose]: async () => remove(),
  };
}

interface Prepared {
  remote: Remote;
  directory: string;
  changed: objects.Changed;
}

function prepareRemote(kind: RemoteKind, folder: string): Prepared {
  if (kind.kind === 'local') {
    const directory = join(folder, 'remote');
    mkdirSync(directory, { recursive: true });
    return { remote: { url: directory }, directory, changed: () => {} };
  }
  const { s3, bucket, prefix = '', endpoint = s3.endpoint } = kind;
  const remote: Remote = { url: `s3://${join(bucket, prefix)}`, endpoint, environment: s3.environment };
  if (endpoint !== s3.endpoint) remote.pushEndpoint = s3.endpoint; // so that a proxy sees the fetcher only
  return { remote, directory: join(s3.ensureBucket(bucket), prefix), changed: s3.adopt };
}
