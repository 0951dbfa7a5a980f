/** What pods fetch from: git over https behind a login and a private authority, and S3, at this machine's address. */
import { sampleContents } from '../../../provision/sample-contents.ts';
import { makeServingCertificate } from '../../../src/tls/make.ts';
import { type Dataset, makeDataset } from '../dataset/dataset.ts';
import { type RecordingProxy, startRecordingProxy } from '../s3/recording-proxy.ts';
import { startS3 } from '../s3/s3.ts';
import { startGitServer } from '../servers/git-server.ts';
import { startFront } from './front.ts';

const login = { username: 'reader', password: 'e2e-password' };

/** The servers, and the one dataset that all stories use. */
export interface Sources {
  /** `<repository>@<sha>:<split>` for the latest commit, or another. */
  reference(split: string, sha?: string): string;
  dataset: Dataset;
  /** The files of a split by path in the data directory, with their content. */
  filesOf(split: string): Record<string, string>;
  /** Stands before the S3 server: counts, and delays or refuses. */
  s3: RecordingProxy;
  /** The repository's endpoint, as pods reach it. */
  endpoint: string;
  /** What the pods' Secrets have to hold. */
  gitLogin: Readonly<Record<string, string>>;
  remoteCredentials: Readonly<Record<string, string>>;
  /** PEM, of the authority that signed the git server's certificate. */
  authority: string;
}

const contents = sampleContents() as { files: Record<string, string>; splits: Record<string, string[]> };

/** Starts the servers at `address`, which pods can reach, and makes the dataset. All end with this process. */
export async function startSources(address: string): Promise<Sources> {
  const store = await startS3();
  const s3 = await startRecordingProxy(store.endpoint);
  const storeFront = await startFront(address, portOf(s3.endpoint));
  const endpoint = `http://${address}:${storeFront.port}`;
  const remote = { kind: 's3', s3: store, bucket: 'datasets', prefix: 'images', endpoint } as const;
  const dataset = await makeDataset({ ...contents, remote });
  const git = await startGitServer(dataset.folder, { login: `${login.username}:${login.password}` });
  const certificate = await makeServingCertificate({ names: [], ips: [address] });
  const gitFront = await startFront(address, portOf(git.url), certificate);
  const repository = `https://${address}:${gitFront.port}/repository.git`;
  return {
    reference: (split, sha = dataset.sha) => `${repository}@${sha}:${split}`,
    dataset,
    filesOf: (split) =>
      Object.fromEntries((contents.splits[split] ?? []).map((path) => [path, contents.files[path] ?? ''])),
    s3,
    endpoint,
    gitLogin: login,
    remoteCredentials: dataset.credentials,
    authority: certificate.ca,
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
