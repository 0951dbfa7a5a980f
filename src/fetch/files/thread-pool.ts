/** Node does file operations on four threads, and a network file system answers each in milliseconds: four are then all. */
import { volumeParallelism } from './parallel.ts';

/** Must be called before the first file operation that is not synchronous, as the threads are started then. */
export function widenThreadPool(environment: NodeJS.ProcessEnv = process.env): void {
  environment.UV_THREADPOOL_SIZE ??= String(volumeParallelism);
}
