/** What the steps of a fetch share once its commit has been read: one value, of which each step takes what it needs. It lies here as dvc is the lowest room that needs it. */
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import type { Remote } from '../remote/choose-remote.ts';
import type { StepContext } from '../report/log.ts';
import type { Progress } from '../report/progress.ts';
import type { S3Client } from '../s3/client.ts';
import type { DvcForks } from './fork-server.ts';

/** A remote of the dataset, and the ways to it. */
export interface RemoteContext extends StepContext {
  progress: Pick<Progress, 'downloaded'>;
  /** How many objects are transferred at once. */
  jobs: number;
  remote: Remote;
  dvc: Dvc;
  /** The native client of the remote; null where DVC alone can reach it. */
  client: S3Client | null;
}

/** The same for objects that are named alike. */
export interface FetchContext extends RemoteContext {
  objectNaming: ObjectNaming;
  /** How long an object is on average, in bytes, where the metadata tells that. */
  meanBytes: number | null;
  /** False where `push: false` keeps the outputs from `dvc push`. */
  pushed: boolean;
  /** The oid of the list that names the object, where it is a file of a folder; null where it is an output by itself. */
  listOf(oid: string): string | null;
}

/** Real DVC, with what it needs for the remote. */
export interface Dvc {
  /** A folder on scratch, for its workspaces. */
  folder: string;
  env: Readonly<Record<string, string>>;
  forks: DvcForks;
  /** DVC's `config.local`, which holds the remote's credentials; null where it needs none. */
  localConfig: string | null;
  /** What a request of our own to an HTTP remote carries to be let in. */
  headers: Readonly<Record<string, string>>;
}
