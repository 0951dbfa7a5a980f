/** What a fetch gets from the process it runs in. */
import type { RemoteTypeName } from './remote/types.ts';
import type { StepContext } from './report/log.ts';

/** The logins of the person at whose machine a command runs; a fetch in a pod has none. */
export interface OwnLogins {
  /** For git in the place of a Secret: variables, and lines of its configuration. */
  git: { env: Readonly<Record<string, string>>; config: string };
  /** Variables for DVC and the native client, beside those of every run. */
  dvc: Readonly<Record<string, string>>;
  /** What of these a type of remote is let in with, as people know it. */
  sourcesFor(type: RemoteTypeName): string[];
}

export interface FetchSurroundings extends StepContext {
  environment: NodeJS.ProcessEnv;
  /** Null where only Secrets and the environment count. */
  own: OwnLogins | null;
  /** Told each secret as soon as it is read, so that nothing prints it. */
  addSecret(secret: string): void;
  /** Told what must be done even where some step never ends: at once, as the process ends right after it. */
  atLastResort(step: () => void): void;
}
