/**
 * Fills a shard from S3 with dozens of requests at once, which DVC can't: the difference between two minutes and four
 * seconds. A small object goes from memory both to scratch, where DVC verifies it, and to the volume.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { storeBytes, storeStream } from '../objects/store.ts';
import type { Log } from '../report/log.ts';
import type { Answer, S3Client } from '../s3/client.ts';
import { HandOver } from '../s3/fall-back.ts';
import { onDisk, requireRoom, type ScratchBudget } from '../scratch/budget.ts';
import type { TreeWriter } from '../tree/write.ts';
import type { Shard } from './shard.ts';
import { type ShardRoom, takeRoom } from './shard-room.ts';

/** What is brought without DVC. */
export interface NativeSource {
  /**
   * Moves entries from the end of `queue` into the empty shard: those that arrived sound into `present`, those that the
   * remote lacks, has damaged or fails to give into `left`. Ends when the shard has `limits`, or nothing more is to be
   * had.
   */
  fill(shard: Shard, queue: DirEntry[], limits: ShardLimits): Promise<void>;
  /** False once the source has given up: DVC then brings the rest. */
  readonly able: boolean;
}

export interface ShardLimits {
  objects: number;
  /** Bytes on scratch, which a single object may exceed. */
  bytes: number;
}

/** Smaller ones are read whole, hashed at once and written with one call. */
const smallObject = 1024 * 1024;
/** Bytes of those that are in memory at once; beyond it they too go through scratch, however many requests there are. */
const mostInMemory = 64 * 1024 * 1024;
/** After so many shards for which S3 gave nothing, DVC is no longer kept waiting. */
const mostInVain = 2;
const givingUp = 'the rest is fetched by DVC alone';

type Outcome = { entry: 'present'; bytes: Buffer | null } | { entry: 'left' } | { entry: 'refused' };

/** What an object on its way has, in bytes: over all of its attempts, which may tell different lengths. */
interface Holding {
  room: number;
  memory: number;
}

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
  let inVain = 0;
  let inMemory = 0;
  /** Room that entries need which found too little. */
  const needs = new Map<DirEntry, number>();
  const madeFolders = new Set<string>();
  const placeFor = (shard: Shard, oid: string) => {
    const path = shard.workspace.object(oid);
    const folder = dirname(path);
    if (!madeFolders.has(folder)) mkdirSync(folder, { recursive: true });
    madeFolders.add(folder);
    return path;
  };
  const holdMemory = (holding: Holding, bytes: number) => {
    inMemory += bytes - holding.memory;
    holding.memory = bytes;
  };
  const fetchOne = async (shard: Shard, entry: DirEntry, room: ShardRoom, holding: Holding): Promise<Outcome> => {
    const use = async ({ length, body, whole }: Answer): Promise<Outcome> => {
      if (length === null) return { entry: 'left' };
      const need = onDisk(length);
      requireRoom(budget, need, entry.relpath);
      if (!room.resize(holding.room, need)) {
        needs.set(entry, need);
        return { entry: 'refused' };
      }
      holding.room = need;
      const path = placeFor(shard, entry.md5);
      holdMemory(holding, 0);
      const small = length <= smallObject && inMemory + length <= mostInMemory;
      if (small) holdMemory(holding, length);
      const bytes = small ? await whole() : null;
      const sound = bytes
        ? storeBytes(path, bytes, entry.md5, objectNaming)
        : await storeStream(path, body, entry.md5, objectNaming);
      if (!sound) return { entry: 'left' };
      onObject(length);
      return { entry: 'present', bytes };
    };
    return (await client.get(objectNaming.path(entry.md5), use, signal)) ?? { entry: 'left' };
  };
  const fillOnce = async (shard: Shard, queue: DirEntry[], limits: ShardLimits): Promise<void> => {
    const room = await takeRoom(shard, limits.bytes, budget, signal);
    const refused: DirEntry[] = [];
    let full = false;
    const bring = async (entry: DirEntry) => {
      const holding: Holding = { room: 0, memory: 0 };
      let outcome: Outcome = { entry: 'left' };
      try {
        outcome = await fetchOne(shard, entry, room, holding);
        if (outcome.entry === 'refused') {
          full = true;
          refused.push(entry);
          return;
        }
        shard[outcome.entry].push(entry);
        if (outcome.entry === 'left' || outcome.bytes === null) return;
        await (await writer).writeBytes(entry, outcome.bytes);
        shard.written.add(entry);
      } finally {
        holdMemory(holding, 0);
        if (outcome.entry !== 'present') room.resize(holding.room, 0);
      }
    };
    let told = false;
    const handOver = (entry: DirEntry, { passing, message }: HandOver) => {
      if (passing) shard.left.push(entry);
      else queue.push(entry);
      if (!told) log.info({ why: message }, passing ? 'what S3 fails to give is left to DVC' : givingUp);
      told = true;
      if (!passing) able = false;
    };
    const worker = async () => {
      while (able && !full && queue.length > 0) {
        if (shard.present.length + shard.left.length >= limits.objects) return;
        const entry = queue.pop() as DirEntry;
        try {
          await bring(entry);
        } catch (error) {
          full = true;
          if (!(error instanceof HandOver)) throw error;
          handOver(entry, error);
        }
      }
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(parallel, limits.objects) }, worker));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    room.close();
    // The largest last, where the next shard begins: there is nothing yet that takes its room.
    queue.push(...refused.sort((a, b) => (needs.get(a) ?? 0) - (needs.get(b) ?? 0)));
  };
  return {
    get able() {
      return able;
    },
    async fill(shard, queue, limits) {
      const isEmpty = () => shard.present.length + shard.left.length === 0;
      do {
        const next = queue.at(-1);
        const need = (next && needs.get(next)) ?? 0;
        await fillOnce(shard, queue, need > limits.bytes ? { objects: 1, bytes: need } : limits);
        // Empty where all that was asked for needs more than a shard's share: now it is known how much.
      } while (able && isEmpty() && queue.length > 0);
      inVain = shard.present.length > 0 ? 0 : inVain + 1;
      if (!able || inVain < mostInVain) return;
      log.info({ why: `S3 gave nothing for ${inVain} shards` }, givingUp);
      able = false;
    },
  };
}
