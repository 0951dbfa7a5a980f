/** Gives Node more threads for file operations: by default it has four, and so waits for a network file system's answers four at a time. */
import { volumeParallelism } from './parallel.ts';

/** Must be called before the first asynchronous file operation, as Node starts its threads then. */
export function widenThreadPool(environment: NodeJS.ProcessEnv = process.env): void {
  environment.UV_THREADPOOL_SIZE ??= String(volumeParallelism);
}
