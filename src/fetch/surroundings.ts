/** What a fetch gets from the process it runs in. */
import type { StepContext } from './report/log.ts';

export interface FetchSurroundings extends StepContext {
  environment: NodeJS.ProcessEnv;
  /** Told each secret as soon as it is read, so that nothing prints it. */
  addSecret(secret: string): void;
  /** Told what must be done even where some step never ends: at once, as the process ends right after it. */
  atLastResort(step: () => void): void;
}
