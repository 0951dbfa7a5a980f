/** How much of a stranger's file this process can hold: past it V8 or the kernel ends a fetch without a word, so it is told before. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** What is there for everything, in bytes: the container's limit by its cgroup, of either version, else the machine's memory. */
export function containerMemory(): number {
  const limit = process.constrainedMemory(); // 0 where it isn't known, and more than any machine has where there is none
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** For objects of JavaScript, in bytes. Node derives it from the container's limit; NODE_OPTIONS may say otherwise. */
export function heapLimit(): number {
  return getHeapStatistics().heap_size_limit;
}

/** What the program itself takes of the heap, with the young generation, in bytes. */
const program = 64 * 2 ** 20;

/** The part of the heap that what was read from a dataset may take, in bytes: a quarter is left to garbage. */
export function heapForData(): number {
  return Math.max(0, Math.floor((heapLimit() - program) * 0.75));
}

/** An amount as sentences name it. */
export function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}

/** The end of each sentence about memory. */
export const moreMemory = 'give the fetch more by the annotation dvc.io/memory';
