/** Runs `dvc pull` for each shard, and checks that every object arrived: DVC's exit code 0 alone does not say so. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FetchContext } from '../dvc/context.ts';
import { dvcFailure, stderrTail } from '../dvc/failures.ts';
import { diagnoseObject, tooSlow } from '../dvc/get-object.ts';
import { measureCache, type Watch, type WatchVerdict, watchGrowth } from '../dvc/watch-workspace.ts';
import { emptyRemoteAlias, trackObjects, type Workspace } from '../dvc/workspace.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { remoteAlias } from '../remote/choose-remote.ts';
import { stallSeconds } from '../remote/patience.ts';
import { type ScratchBudget, tooLargeForScratch } from '../scratch/budget.ts';
import { requireScratchSpace } from '../scratch/space.ts';
import { discardShard, openShard, type Shard } from './shard.ts';

/** Three shards are on scratch at once: one arrives, one is verified, one is written to the volume. */
const shardsAtOnce = 3;

/** Bytes of scratch for one shard. */
export function shardQuota({ total }: ScratchBudget): number {
  return Math.floor(total / shardsAtOnce);
}

/**
 * Pulls a shard; afterwards each of its entries is at `workspace.file`, and their bytes are hashed once more
 * when they are copied from there. Yields it whole, or in parts where DVC's own downloads would not fit into scratch:
 * nobody knows an object's size before it is there.
 * @throws {FetchFailure} `notFound` or `dataset` for an object that is absent or damaged, `notAuthorised`,
 *   `unreachable`, `io` where scratch is too small
 */
export async function* pullShard(shard: Shard, budget: ScratchBudget, context: FetchContext): AsyncGenerator<Shard> {
  const waiting = [shard];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const allowance = await reserveForDvc(next, budget, context.signal);
    const watch = next.left.length > 0 ? await startWatch(next, allowance, context) : null;
    const started = performance.now();
    const verdict = await pullOnce(next, context, watch).finally(() => watch?.end());
    if (verdict === 'stalled') throw tooSlow(context.remote);
    if (verdict === null) {
      const seconds = Math.round(performance.now() - started) / 1000;
      context.log.info({ objects: next.present.length + next.left.length, seconds }, 'dvc pull has verified objects');
      yield next;
    } else waiting.push(...(await divide(next, allowance, budget, context)));
  }
}

/**
 * Splits a shard that DVC could not pull at once: what arrived goes into one of its own, the rest into another; where
 * nothing arrived, each half into one. The last one returned is to be pulled next.
 */
async function divide(shard: Shard, allowance: number, budget: ScratchBudget, context: FetchContext): Promise<Shard[]> {
  const { signal } = context;
  const { workspace, written, reserved } = shard;
  const other = async (part: string, entries: Pick<Shard, 'present' | 'left'>): Promise<Shard> => ({
    ...(await openShard(context, `${basename(workspace.root)}${part}`)),
    ...entries,
    written,
  });
  const entries = [...shard.present, ...shard.left];
  const present = entries.filter(({ md5 }) => existsSync(workspace.object(md5)));
  const here = new Set(present);
  const left = entries.filter((entry) => !here.has(entry));
  if (present.length > 0) {
    const complete = await other('c', { present, left: [] });
    moveObjects(present, workspace, complete.workspace);
    complete.reserved = reserved;
    shard.reserved = 0;
    await discardShard(shard, budget, signal); // with all that was begun
    return left.length > 0 ? [await other('a', { present: [], left }), complete] : [complete];
  }
  const [only, ...others] = left;
  if (only && others.length === 0 && allowance >= budget.total) throw tooLargeForScratch(only.relpath, budget);
  await discardShard(shard, budget, signal);
  const middle = Math.floor(left.length / 2);
  const second = await other('b', { present: [], left: left.slice(middle) });
  return middle > 0 ? [second, await other('a', { present: [], left: left.slice(0, middle) })] : [second];
}

/**
 * To a project of their own, as one in which DVC was ended is not to be trusted: there the next `dvc pull` may find all
 * up to date, with exit code 0 and no file checked out (seen with DVC 3.67, once in a hundred times).
 */
function moveObjects(entries: readonly DirEntry[], from: Workspace, to: Workspace): void {
  const folders = new Set(entries.map(({ md5 }) => dirname(to.object(md5))));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  for (const { md5 } of entries) renameSync(from.object(md5), to.object(md5));
}

/** Reserves scratch for what DVC will bring: a quota, or for a single object everything. Waits for it, as pipeline.ts says. */
async function reserveForDvc(shard: Shard, budget: ScratchBudget, signal: AbortSignal): Promise<number> {
  if (shard.left.length === 0) return 0;
  const most = budget.total - shard.reserved;
  const single = shard.present.length === 0 && shard.left.length === 1;
  const bytes = single ? most : Math.min(shardQuota(budget), most);
  await budget.reserve(bytes, signal);
  shard.reserved += bytes;
  return bytes;
}

function startWatch({ workspace }: Shard, bytes: number, { remote, progress }: FetchContext): Promise<Watch> {
  const measure = measureCache(workspace, (objects, length) => progress.downloaded(length, objects));
  return watchGrowth(measure, { bytes, stallSeconds: stallSeconds(remote) });
}

/** Null once all is there. */
async function pullOnce(shard: Shard, context: FetchContext, watch: Watch | null): Promise<WatchVerdict | null> {
  const { workspace } = shard;
  const { remote, objectNaming, jobs } = context;
  const entries = [...shard.present, ...shard.left];
  const oids = entries.map(({ md5 }) => md5);
  await trackObjects(workspace, oids, objectNaming);
  const absentAfter = (exitCode: number | null) =>
    entries.filter(({ md5 }) => !existsSync(exitCode === 0 ? workspace.file(md5) : workspace.object(md5)));
  if (shard.left.length === 0) {
    // It has nothing to ask of the remote, unless it finds that something here is damaged after all.
    const { exitCode } = await runPull(workspace, jobs, emptyRemoteAlias);
    if (exitCode === 0 && absentAfter(exitCode).length === 0) return null;
  }
  const { exitCode, stderr } = await runPull(workspace, jobs, remoteAlias, watch?.stop);
  if (watch?.verdict) return watch.verdict;
  const absent = absentAfter(exitCode);
  if (exitCode === 0 && absent.length === 0) return null;
  await requireScratchSpace(workspace.root);
  const known = dvcFailure(stderr, remote);
  if (known) throw known;
  // What didn't arrive decides: DVC calls an object missing when it is absent and also when it is damaged.
  const [first] = absent;
  if (first) await diagnoseObject(workspace, first, absent.length, context);
  throw new FetchFailure(
    'internal',
    `dvc pull ended with ${exitCode} although every object came: ${stderrTail(stderr).at(-1) ?? ''}`,
    { details: stderrTail(stderr) },
  );
}

/** No --quiet: it would silence the reasons too. Without a terminal DVC draws no progress. */
function runPull(workspace: Workspace, jobs: number, remote: string, stop?: AbortSignal) {
  return workspace.run(['pull', '--jobs', String(jobs), '--remote', remote, 'data.dvc'], stop);
}
