/** A shard: those objects of a fetch that are on scratch together, in a DVC project of their own. */
import { dirname } from 'node:path';
import type { FetchContext } from '../dvc/context.ts';
import { makeWorkspace, type Workspace } from '../dvc/workspace.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { lastLines, runChild } from '../process/run-process.ts';
import type { ScratchBudget } from '../scratch/budget.ts';

/** Entries are distinct objects; each is in one of the two lists. */
export interface Shard {
  workspace: Workspace;
  /** Here already, and what their name says. */
  present: DirEntry[];
  /** Of those that are present: in the tree already. */
  written: Set<DirEntry>;
  /** For DVC to bring. */
  left: DirEntry[];
  /** Bytes of the scratch's budget that this shard took. */
  reserved: number;
}

/** An empty shard, in a folder of this name. */
export async function openShard(context: FetchContext, name: string): Promise<Shard> {
  return { workspace: await makeWorkspace(context, name), present: [], written: new Set(), left: [], reserved: 0 };
}

/**
 * Removes all of it from scratch and gives back what it reserved.
 * @throws {FetchFailure} `io` where it can't be removed: its bytes stay taken, and whoever waited for them might wait for ever
 */
export async function discardShard(shard: Shard, budget: ScratchBudget, signal: AbortSignal): Promise<void> {
  const { root } = shard.workspace;
  // By the system's own program: twelve thousand removals one by one are a second of this process's time.
  const options = { cwd: dirname(root), env: { PATH: process.env.PATH ?? '' }, signal };
  const { exitCode, stderr } = await runChild('rm', ['-rf', '--', root], options);
  if (exitCode !== 0) {
    const details = lastLines(stderr);
    const why = `the scratch can't be emptied: look at its health, then run the fetch again (${details.at(-1) ?? 'rm says nothing'})`;
    throw new FetchFailure('io', why, { details });
  }
  budget.release(shard.reserved);
  shard.reserved = 0;
}
