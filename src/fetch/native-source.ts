/**
 * Fills a shard from S3 with dozens of requests at once, which DVC can't: the difference between two minutes and four
 * seconds. A small object goes from memory both to scratch, where DVC verifies it, and to the volume.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DirEntry } from './dir-object.ts';
import { naming } from './io-failure.ts';
import type { Log } from './log.ts';
import type { ObjectNaming } from './object-naming.ts';
import type { Answer, S3Client } from './s3/client.ts';
import { HandOver } from './s3/hand-over.ts';
import { onDisk, requireRoom, type ScratchBudget } from './scratch-budget.ts';
import type { Shard } from './shard.ts';
import type { TreeWriter } from './tree.ts';

/** What is brought without DVC. */
export interface NativeSource {
  /**
   * Moves entries from the end of `queue` into the shard: those that arrived sound into `present`, those that the
   * remote lacks or has damaged into `left`. Ends when the shard has `limits`, or nothing more is to be had.
   */
  fill(shard: Shard, queue: DirEntry[], limits: ShardLimits): Promise<void>;
  /** False once the source has given up: DVC then brings the rest. */
  readonly able: boolean;
}

export interface ShardLimits {
  objects: number;
  /** Bytes on scratch. */
  bytes: number;
}

/** Smaller ones are read whole, hashed at once and written with one call. */
const smallObject = 1024 * 1024;

type Outcome = { entry: 'present'; bytes: Buffer | null } | { entry: 'left' } | { entry: 'no room' };

export interface NativeSourceOptions {
  client: S3Client;
  objectNaming: ObjectNaming;
  budget: ScratchBudget;
  /** Requests in flight. */
  parallel: number;
  signal: AbortSignal;
  /** Where small objects are written as they arrive. */
  writer: Promise<Pick<TreeWriter, 'writeBytes'>>;
  /** Told the bytes of each object that arrived. */
  onObject: (bytes: number) => void;
  log: Log;
}

export function nativeSource(options: NativeSourceOptions): NativeSource {
  const { client, objectNaming, budget, parallel, signal, writer, onObject, log } = options;
  let able = true;
  const madeFolders = new Set<string>();
  const placeFor = (shard: Shard, oid: string) => {
    const path = shard.workspace.object(oid);
    const folder = dirname(path);
    if (!madeFolders.has(folder)) mkdirSync(folder, { recursive: true });
    madeFolders.add(folder);
    return path;
  };
  const admit = async (shard: Shard, entry: DirEntry, bytes: number, limits: ShardLimits) => {
    const need = onDisk(bytes);
    requireRoom(budget, need, entry.relpath);
    if (shard.reserved > 0 && shard.reserved + need > limits.bytes) return false;
    if (!budget.tryReserve(need)) {
      if (shard.reserved > 0) return false;
      // Nothing of this shard is on scratch, so whoever holds the room will give it back.
      shard.reserved += need; // before the wait, so that only one of the workers waits
      await (need > limits.bytes ? budget.reserveAlone(need, signal) : budget.reserve(need, signal));
      return true;
    }
    shard.reserved += need;
    return true;
  };
  const fetchOne = async (shard: Shard, entry: DirEntry, limits: ShardLimits): Promise<Outcome> => {
    let admitted = false;
    const outcome = await client.get(
      objectNaming.path(entry.md5),
      async (answer: Answer): Promise<Outcome> => {
        const { length } = answer;
        if (length === null) return { entry: 'left' };
        if (!admitted && !(await admit(shard, entry, length, limits))) return { entry: 'no room' };
        admitted = true;
        const stored = await store(placeFor(shard, entry.md5), answer, length, entry.md5, objectNaming);
        if (!stored) return { entry: 'left' };
        onObject(length);
        return { entry: 'present', bytes: stored.bytes };
      },
      signal,
    );
    return outcome ?? { entry: 'left' };
  };
  return {
    get able() {
      return able;
    },
    async fill(shard, queue, limits) {
      let full = false;
      const worker = async () => {
        while (able && !full && queue.length > 0) {
          if (shard.present.length + shard.left.length >= limits.objects) return;
          const entry = queue.pop() as DirEntry;
          try {
            const outcome = await fetchOne(shard, entry, limits);
            if (outcome.entry === 'no room') {
              full = true;
              queue.push(entry);
              continue;
            }
            shard[outcome.entry].push(entry);
            if (outcome.entry === 'left' || outcome.bytes === null) continue;
            await (await writer).writeBytes(entry, outcome.bytes);
            shard.written.add(entry);
          } catch (error) {
            if (!(error instanceof HandOver)) {
              full = true;
              throw error;
            }
            queue.push(entry);
            if (able) log.info({ why: error.message }, 'the rest is fetched by DVC alone');
            able = false;
          }
        }
      };
      const results = await Promise.allSettled(Array.from({ length: parallel }, worker));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}

/**
 * Writes the object to scratch; null, with nothing left behind, where its bytes are not what its name says. `bytes` are
 * those of a small one.
 */
async function store(
  path: string,
  { body, whole }: Pick<Answer, 'body' | 'whole'>,
  length: number,
  oid: string,
  objectNaming: ObjectNaming,
): Promise<{ bytes: Buffer | null } | null> {
  const digest = objectNaming.digest();
  if (length <= smallObject) {
    const bytes = await whole();
    digest.update(bytes);
    if (digest.hex() !== oid) return null;
    // On the local disk's cache three calls are sooner done than handed to a thread.
    writeFileSync(path, bytes);
    return { bytes };
  }
  const file = await open(path, 'w');
  try {
    for await (const chunk of body) {
      digest.update(chunk);
      await naming(path, () => file.writeFile(chunk));
    }
  } finally {
    await file.close();
  }
  if (digest.hex() === oid) return { bytes: null };
  rmSync(path, { force: true });
  return null;
}
