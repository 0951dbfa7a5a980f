/** The outside that fetchers reach: a real S3 server with the dataset, and git over HTTP, both behind counters. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startComponent, untilReady } from '../../support/process/component.ts';
import { freePort } from '../../support/process/free-port.ts';
import { startS3 } from '../../support/s3/s3.ts';
import type { Dataset } from './dataset.ts';
import { type Commits, makeRepository } from './repository.ts';

/** What was asked for; the names are those of counted/main.go. */
export interface Counts {
  s3Requests: number;
  s3Objects: number;
  s3Bytes: number;
  gitRequests: number;
}

/** Running servers. */
export interface Outside extends AsyncDisposable {
  readonly bucket: string;
  /** The counted S3, which the repository names as its remote's endpoint. */
  readonly endpoint: string;
  /** The URL of the repository. */
  readonly repository: string;
  readonly commits: Commits;
  /** What a client of S3 needs in its environment. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Forgets what was counted. */
  reset(): Promise<void>;
  /** What was asked for since the last `reset`. */
  counts(): Promise<Counts>;
}

/** What the servers are to offer. */
export interface Offer {
  counted: string;
  run: string;
  dataset: Dataset;
  split: number;
  firstByteMs: number;
}

const bucket = 'datasets';

/** Starts the servers; they end with this process at the latest. */
export async function startOutside({ counted, run, dataset, split, firstByteMs }: Offer): Promise<Outside> {
  await using cleanup = new AsyncDisposableStack();
  const s3 = cleanup.use(await startS3());
  symlinkSync(dataset.bucket, s3.directory(bucket)); // nothing is written to it, and 100,000 files take long to copy
  const [s3At, gitAt, countsAt] = [await localAddress(), await localAddress(), await localAddress()];
  const repositories = join(run, 'repositories');
  mkdirSync(repositories);
  const remote = { bucket, endpoint: `http://${s3At}` };
  const home = join(run, 'git-home');
  const commits = await makeRepository(join(repositories, 'images.git'), home, dataset, split, remote);
  const component = startComponent({
    name: 'counted',
    command: [counted],
    flags: [
      ...['--s3', s3.endpoint, '--s3-listen', s3At, '--first-byte', `${firstByteMs}ms`],
      ...['--git', repositories, '--git-listen', gitAt, '--counts-listen', countsAt],
    ],
    logs: run,
  });
  cleanup.defer(() => component.stop());
  for (const address of [s3At, gitAt, countsAt]) await untilReady(component, () => accepts(address));
  const owned = cleanup.move();
  return {
    bucket,
    endpoint: remote.endpoint,
    repository: `http://${gitAt}/images.git`,
    commits,
    credentials: s3.environment,
    async reset() {
      await fetch(`http://${countsAt}/reset`, { method: 'POST' });
    },
    counts: async () => (await (await fetch(`http://${countsAt}/counts`)).json()) as Counts,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function localAddress(): Promise<string> {
  return `127.0.0.1:${await freePort('127.0.0.1')}`;
}

/** Whether somebody listens there; without a request, which would be counted. */
function accepts(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
