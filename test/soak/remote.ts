/** The dataset that is fetched again and again: many small files at a real S3 server, two commits, two splits. */
import { makeDataset } from '../support/dataset/dataset.ts';
import { contentOf, logNormal, seeded, shuffled } from '../support/dataset/random.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { startS3 } from '../support/s3/s3.ts';
import { type Commit, type Wanted, wantedTree } from './wanted.ts';

/** The server and what it serves. */
export interface Served extends AsyncDisposable {
  proxy: RecordingProxy;
  /** What every fetch gets beside its reference. */
  options: { flags: readonly string[]; environment: Readonly<Record<string, string>> };
  /** The first is what a fetch onto an empty volume is timed by. */
  datasets: readonly [Wanted, ...Wanted[]];
}

const contentSeed = 1; // the same files in every soak: the seed is for the kills
const folders = 20;
const meanBytes = 8192;

/** Starts the server, and adds, pushes and commits the files: about half a minute for 2,000. */
export async function serveDataset(files: number): Promise<Served> {
  await using started = new AsyncDisposableStack();
  const s3 = started.use(await startS3());
  const proxy = started.use(await startRecordingProxy(s3.endpoint));
  const random = seeded(contentSeed);
  const first = makeFiles(files, random);
  const splits = makeSplits([...first.keys()], random);
  const remote = { kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint } as const;
  const dataset = started.use(await makeDataset({ files: Object.fromEntries(first), splits, remote }));
  const { url, workTree } = dataset;
  const before: Commit = { name: 'first', url, sha: dataset.sha, files: first, splits, workTree };
  const datasets = [wantedTree(before, 'train'), wantedTree(before, 'val'), wantedTree(before, '*')] as const;

  const changes = changedFiles(first);
  const sha = await dataset.commit({ files: Object.fromEntries(changes) });
  const after: Commit = { ...before, name: 'changed', sha, files: new Map([...first, ...changes]) };
  const changed = [wantedTree(after, 'train'), wantedTree(after, 'val')];
  const all = started.move();
  return {
    proxy,
    options: { flags: ['--allow-endpoint', proxy.endpoint], environment: dataset.credentials },
    datasets: [...datasets, ...changed],
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** In several folders, some of them nested; every fortieth is a copy of another one, and one is empty. */
function makeFiles(count: number, random: () => number): Map<string, Buffer> {
  const files = new Map<string, Buffer>([['empty', Buffer.alloc(0)]]);
  for (let number = 1; number < count; number += 1) {
    const original = number % 40 === 0 ? number - 1 : number;
    const size = Math.max(1, Math.round(logNormal(meanBytes, 1, random)));
    const folder = number % folders;
    const path = `${folder % 3 === 0 ? 'nested/' : ''}${String(folder).padStart(2, '0')}/${String(number).padStart(5, '0')}.bin`;
    const bytes =
      original === number ? contentOf(number, 1, size, contentSeed) : files.get([...files.keys()].at(-1) ?? '');
    files.set(path, bytes ?? Buffer.alloc(0));
  }
  return files;
}

/** Each names three files in five, and half of the one is in the other too. */
function makeSplits(paths: readonly string[], random: () => number): Record<string, string[]> {
  const order = shuffled(paths.length, random).map((index) => paths[index] ?? '');
  const size = Math.floor(paths.length * 0.6);
  const start = Math.floor(size / 2);
  return { train: order.slice(0, size), val: order.slice(start, start + size) };
}

/** The same paths; one file in twenty has other bytes. */
function changedFiles(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const paths = [...files.keys()].filter((_, number) => number % 20 === 7);
  return new Map(paths.map((path, number) => [path, contentOf(number, 2, files.get(path)?.length ?? 1, contentSeed)]));
}
