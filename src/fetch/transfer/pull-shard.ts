/** Real `dvc pull` of each shard on scratch, and the proof that every object came: DVC's exit code 0 is none. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { dvcFailure, stderrTail } from '../dvc/failures.ts';
import { diagnoseObject, tooSlow } from '../dvc/get-object.ts';
import { type PullVerdict, type PullWatch, watchPull } from '../dvc/watch-workspace.ts';
import { emptyRemoteAlias, trackObjects, type Workspace, type WorkspacePlan } from '../dvc/workspace.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { remoteAlias } from '../remote/choose-remote.ts';
import type { Log } from '../report/log.ts';
import type { ScratchBudget } from '../scratch/budget.ts';
import { requireScratchSpace } from '../scratch/space.ts';
import { discardShard, openShard, type Shard } from './shard.ts';

/** What pulling shards needs. */
export interface PullContext {
  plan: WorkspacePlan;
  budget: ScratchBudget;
  /** Bytes of scratch for one shard that DVC alone brings. */
  share: number;
  /** How long DVC may bring next to nothing, in seconds. */
  stallSeconds: number;
  signal: AbortSignal;
  log: Log;
  /** Told what DVC itself brought. */
  onObjects: (objects: number, bytes: number) => void;
}

/**
 * Pulls a shard; afterwards each of its entries is at `workspace.file`, and their bytes are hashed once more
 * when they are copied from there. Yields it whole, or in parts where DVC's own downloads would not fit into scratch:
 * nobody knows an object's size before it is there.
 * @throws {FetchFailure} `notFound` or `dataset` for an object that is absent or damaged, `notAuthorised`,
 *   `unreachable`, `io` where scratch is too small
 */
export async function* pullShard(shard: Shard, context: PullContext): AsyncGenerator<Shard> {
  const waiting = [shard];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const allowance = await reserveForDvc(next, context);
    const watch = next.left.length > 0 ? startWatch(next, allowance, context) : null;
    const started = performance.now();
    const verdict = await pullOnce(next, context, watch).finally(() => watch?.end());
    if (verdict === 'stalled') throw tooSlow(context.plan.remote);
    if (verdict === null) {
      const seconds = Math.round(performance.now() - started) / 1000;
      context.log.info({ objects: next.present.length + next.left.length, seconds }, 'dvc pull has verified objects');
      yield next;
    } else waiting.push(...(await divide(next, allowance, context)));
  }
}

/** What is here and what is not, in shards of their own, the next one last; halves where nothing is. */
async function divide(shard: Shard, allowance: number, { plan, budget, signal }: PullContext): Promise<Shard[]> {
  const { workspace, written, reserved } = shard;
  const other = async (part: string, entries: Pick<Shard, 'present' | 'left'>): Promise<Shard> => ({
    ...(await openShard(plan, `${basename(workspace.root)}${part}`)),
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
  if (left.length === 1 && allowance >= budget.total) throw tooLarge(left[0], budget);
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

/** Takes room for what DVC will bring: a share, or for a single object everything. Waits for it, as transfer.ts says. */
async function reserveForDvc(shard: Shard, { budget, share, signal }: PullContext): Promise<number> {
  if (shard.left.length === 0) return 0;
  const most = budget.total - shard.reserved;
  const single = shard.present.length === 0 && shard.left.length === 1;
  const wanted = single ? most : Math.min(share, most);
  await budget.reserve(wanted, signal);
  shard.reserved += wanted;
  return wanted;
}

function startWatch({ workspace }: Shard, bytes: number, { stallSeconds, onObjects }: PullContext): PullWatch {
  return watchPull(workspace, { bytes, stallSeconds }, onObjects);
}

/** Null once all is there. */
async function pullOnce(shard: Shard, { plan }: PullContext, watch: PullWatch | null): Promise<PullVerdict | null> {
  const { workspace } = shard;
  const entries = [...shard.present, ...shard.left];
  const oids = entries.map(({ md5 }) => md5);
  await trackObjects(workspace, oids, plan.objectNaming);
  const absentAfter = (exitCode: number | null) =>
    entries.filter(({ md5 }) => !existsSync(exitCode === 0 ? workspace.file(md5) : workspace.object(md5)));
  if (shard.left.length === 0) {
    // It has nothing to ask of the remote, unless it finds that something here is damaged after all.
    const { exitCode } = await runPull(workspace, plan, emptyRemoteAlias);
    if (exitCode === 0 && absentAfter(exitCode).length === 0) return null;
  }
  const { exitCode, stderr } = await runPull(workspace, plan, remoteAlias, watch?.stop);
  if (watch?.verdict) return watch.verdict;
  const absent = absentAfter(exitCode);
  if (exitCode === 0 && absent.length === 0) return null;
  await requireScratchSpace(workspace.root);
  const known = dvcFailure(stderr, plan.remote);
  if (known) throw known;
  // What didn't arrive decides: DVC calls an object missing when it is absent and also when it is damaged.
  const [first] = absent;
  if (first) await diagnoseObject(workspace, plan, first, absent.length);
  throw new FetchFailure(
    'internal',
    `dvc pull ended with ${exitCode} although every object came: ${stderrTail(stderr).at(-1) ?? ''}`,
    { details: stderrTail(stderr) },
  );
}

/** No --quiet: it would silence the reasons too. Without a terminal DVC draws no progress. */
function runPull(workspace: Workspace, { dvc }: WorkspacePlan, remote: string, stop?: AbortSignal) {
  return workspace.run(['pull', '--jobs', String(dvc.jobs), '--remote', remote, 'data.dvc'], stop);
}

function tooLarge(entry: DirEntry | undefined, { total }: ScratchBudget): FetchFailure {
  return new FetchFailure(
    'io',
    `${JSON.stringify(entry?.relpath)} alone needs more scratch than the ${total} bytes that the fetch may use: give it more (annotation dvc.io/scratch)`,
  );
}
