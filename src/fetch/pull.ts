/** Real `dvc pull` of a derived `.dir` into scratch, and the proof that every object came: DVC's exit code 0 is none. */
import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DirEntry } from './dir-object.ts';
import { type DvcContext, trackDirObject, type Workspace } from './dvc.ts';
import { dvcFailure, stderrTail } from './dvc-failures.ts';
import { FetchFailure, hasCode } from './failure.ts';
import type { Remote } from './remote.ts';
import { diagnoseObject } from './remote-object.ts';
import { requireScratchSpace } from './scratch-space.ts';
import { deriveDirObject } from './subset.ts';

/**
 * Pulls the entries; afterwards each is at `workspace.data`/relpath. Their bytes are hashed once more when they are
 * copied, so only presence is looked at here.
 * @throws {FetchFailure} `notFound` or `dataset` for an object that is absent or damaged, `notAuthorised`,
 *   `unreachable`, `io` where scratch is full
 */
export async function pullEntries(
  entries: readonly DirEntry[],
  workspace: Workspace,
  remote: Remote,
  context: Pick<DvcContext, 'jobs'>,
): Promise<void> {
  await trackDirObject(workspace, deriveDirObject(entries));
  // No --quiet: it would silence the reasons too. Without a terminal DVC draws no progress.
  const { exitCode, stderr } = await workspace.run(['pull', '--jobs', String(context.jobs), 'data.dvc']);
  const absent = await absentEntries(
    entries,
    exitCode === 0 ? (e) => join(workspace.data, e.relpath) : (e) => workspace.object(e.md5),
  );
  if (exitCode === 0 && absent.length === 0) return;
  await requireScratchSpace(workspace.root);
  const known = dvcFailure(stderr, remote);
  if (known) throw known;
  // What didn't arrive decides: DVC calls an object missing when it is absent and also when it is damaged.
  const [first] = absent;
  if (first) await diagnoseObject(workspace, remote, first, absent.length);
  throw new FetchFailure(
    'internal',
    `dvc pull ended with ${exitCode} although every object came: ${stderrTail(stderr).at(-1) ?? ''}`,
    {
      details: stderrTail(stderr),
    },
  );
}

/** How many objects a workspace's cache holds by now, for the progress lines. */
export async function countPulled(workspace: Workspace): Promise<number> {
  const folder = dirname(dirname(workspace.object('0'.repeat(32))));
  let count = 0;
  for (const name of await entriesOf(folder)) {
    for (const object of await entriesOf(join(folder, name))) if (object.length === 30) count += 1;
  }
  return count;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

async function absentEntries(entries: readonly DirEntry[], placeOf: (entry: DirEntry) => string): Promise<DirEntry[]> {
  const absent: DirEntry[] = [];
  for (const entry of entries) {
    try {
      if ((await lstat(placeOf(entry))).isFile()) continue;
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
    absent.push(entry);
  }
  return absent;
}
