/**
 * Fills a shard from S3 with dozens of requests at once, which DVC can't: the difference between two minutes and four
 * seconds. A small object goes from memory both to scratch, where DVC verifies it, and to the volume.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FetchContext } from '../dvc/context.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { smallObject } from '../objects/small.ts';
import { storeBytes, storeStream } from '../objects/store.ts';
import type { Answer, S3Client } from '../s3/client.ts';
import { FallBackToDvc } from '../s3/fall-back.ts';
import { onDisk, requireSpace, type ScratchBudget } from '../scratch/budget.ts';
import type { TreeWriter } from '../tree/write.ts';
import { type Reservation, reserveForShard } from './reservation.ts';
import type { Shard } from './shard.ts';

export interface ShardLimits {
  objects: number;
  /** Bytes on scratch, which a single object may exceed. */
  bytes: number;
}

/** Bytes of small objects that are in memory at once; beyond it they too go through scratch, however many requests there are. */
const mostInMemory = 64 * 1024 * 1024;
/** After so many shards for which S3 gave nothing, DVC is no longer kept waiting. */
const mostEmptyShards = 2;
const givingUp = 'the rest is fetched by DVC alone';

type Outcome = { entry: 'present'; bytes: Buffer | null } | { entry: 'left' } | { entry: 'refused' };

/** What an object on its way holds, in bytes: over all of its attempts, which may tell different lengths. */
interface Holding {
  scratch: number;
  memory: number;
}

/** One shard while it fills. */
interface Filling {
  shard: Shard;
  queue: DirEntry[];
  limits: ShardLimits;
  reservation: Reservation;
  /** Entries for which too little scratch was reserved. */
  refused: DirEntry[];
  /** No further object is asked for. */
  full: boolean;
  /** Whether it was logged that something is left to DVC. */
  logged: boolean;
}

/** What is brought without DVC, by a client of the remote. Small objects go to `writer` as they arrive. */
export class NativeSource {
  #available = true;
  readonly #client: S3Client;
  readonly #writer: Pick<TreeWriter, 'writeBytes'>;
  readonly #budget: ScratchBudget;
  readonly #context: FetchContext;
  #emptyShards = 0;
  #inMemory = 0;
  /** What entries need on scratch for which too little was reserved. */
  readonly #needs = new Map<DirEntry, number>();
  readonly #madeFolders = new Set<string>();

  constructor(client: S3Client, writer: Pick<TreeWriter, 'writeBytes'>, budget: ScratchBudget, context: FetchContext) {
    this.#client = client;
    this.#writer = writer;
    this.#budget = budget;
    this.#context = context;
  }

  /** False once the source has given up: DVC then brings the rest. */
  get available(): boolean {
    return this.#available;
  }

  /**
   * Moves entries from the end of `queue` into the empty shard: those that arrived sound into `present`, those that the
   * remote lacks, has damaged or fails to give into `left`. Ends when the shard has `limits`, or nothing more is to be
   * had.
   */
  async fill(shard: Shard, queue: DirEntry[], limits: ShardLimits): Promise<void> {
    const isEmpty = () => shard.present.length + shard.left.length === 0;
    do {
      const next = queue.at(-1);
      const need = (next && this.#needs.get(next)) ?? 0;
      await this.#fillOnce(shard, queue, need > limits.bytes ? { objects: 1, bytes: need } : limits);
      // Empty where all that was asked for needs more than a shard's quota: now it is known how much.
    } while (this.#available && isEmpty() && queue.length > 0);
    this.#emptyShards = shard.present.length > 0 ? 0 : this.#emptyShards + 1;
    if (!this.#available || this.#emptyShards < mostEmptyShards) return;
    this.#context.log.info({ why: `S3 gave nothing for ${this.#emptyShards} shards` }, givingUp);
    this.#available = false;
  }

  async #fillOnce(shard: Shard, queue: DirEntry[], limits: ShardLimits): Promise<void> {
    const { jobs, signal } = this.#context;
    const reservation = await reserveForShard(shard, limits.bytes, this.#budget, signal);
    const filling: Filling = { shard, queue, limits, reservation, refused: [], full: false, logged: false };
    const workers = Array.from({ length: Math.min(jobs, limits.objects) }, () => this.#work(filling));
    const results = await Promise.allSettled(workers);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    reservation.close();
    // The largest last: the next shard takes from the queue's end, and is empty then.
    const needOf = (entry: DirEntry) => this.#needs.get(entry) ?? 0;
    queue.push(...filling.refused.sort((a, b) => needOf(a) - needOf(b)));
  }

  async #work(filling: Filling): Promise<void> {
    const { shard, queue, limits } = filling;
    while (this.#available && !filling.full && queue.length > 0) {
      if (shard.present.length + shard.left.length >= limits.objects) return;
      const entry = queue.pop() as DirEntry;
      try {
        await this.#bring(entry, filling);
      } catch (error) {
        filling.full = true;
        if (!(error instanceof FallBackToDvc)) throw error;
        this.#fallBack(entry, error, filling);
      }
    }
  }

  async #bring(entry: DirEntry, filling: Filling): Promise<void> {
    const { shard, reservation, refused } = filling;
    const holding: Holding = { scratch: 0, memory: 0 };
    let outcome: Outcome = { entry: 'left' };
    try {
      outcome = await this.#get(entry, filling, holding);
      if (outcome.entry === 'refused') {
        filling.full = true;
        refused.push(entry);
        return;
      }
      shard[outcome.entry].push(entry);
      if (outcome.entry === 'left' || outcome.bytes === null) return;
      await this.#writer.writeBytes(entry, outcome.bytes);
      shard.written.add(entry);
    } finally {
      this.#holdMemory(holding, 0);
      if (outcome.entry !== 'present') reservation.resize(holding.scratch, 0);
    }
  }

  async #get(entry: DirEntry, { shard, reservation }: Filling, holding: Holding): Promise<Outcome> {
    const { objectNaming, progress, signal } = this.#context;
    const use = async ({ length, body, whole }: Answer): Promise<Outcome> => {
      if (length === null) return { entry: 'left' };
      const need = onDisk(length);
      requireSpace(this.#budget, need, entry.relpath);
      if (!reservation.resize(holding.scratch, need)) {
        this.#needs.set(entry, need);
        return { entry: 'refused' };
      }
      holding.scratch = need;
      const path = this.#makeFolderOf(shard.workspace.object(entry.md5));
      this.#holdMemory(holding, 0);
      const small = length <= smallObject && this.#inMemory + length <= mostInMemory;
      if (small) this.#holdMemory(holding, length);
      const bytes = small ? await whole() : null;
      const sound = bytes
        ? storeBytes(path, bytes, entry.md5, objectNaming)
        : await storeStream(path, body, entry.md5, objectNaming);
      if (!sound) return { entry: 'left' };
      progress.downloaded(length);
      return { entry: 'present', bytes };
    };
    return (await this.#client.get(objectNaming.path(entry.md5), use, signal)) ?? { entry: 'left' };
  }

  /** What S3 fails to give is DVC's; after a failure that will not pass, so is all that follows. */
  #fallBack(entry: DirEntry, { passing, message }: FallBackToDvc, filling: Filling): void {
    if (passing) filling.shard.left.push(entry);
    else filling.queue.push(entry);
    const { log } = this.#context;
    if (!filling.logged) log.info({ why: message }, passing ? 'what S3 fails to give is left to DVC' : givingUp);
    filling.logged = true;
    if (!passing) this.#available = false;
  }

  #holdMemory(holding: Holding, bytes: number): void {
    this.#inMemory += bytes - holding.memory;
    holding.memory = bytes;
  }

  #makeFolderOf(path: string): string {
    const folder = dirname(path);
    if (!this.#madeFolders.has(folder)) mkdirSync(folder, { recursive: true });
    this.#madeFolders.add(folder);
    return path;
  }
}
