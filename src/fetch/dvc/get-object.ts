/** One object from the remote, by real DVC, so that any type of remote that DVC knows works; its bytes are proven by its name. */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dirObjectLimits } from '../dvc-format/dir-object.ts';
import { FetchFailure, hasCode } from '../failure/fetch-failure.ts';
import { hashOf, hashOfFile } from '../objects/hash.ts';
import type { Remote } from '../remote/choose-remote.ts';
import { pullPatience, readSeconds } from '../s3/connect.ts';
import { usageOf } from '../scratch/budget.ts';
import { requireScratchSpace } from '../scratch/space.ts';
import { dvcFailure, remoteName, stderrTail } from './failures.ts';
import { httpRefusal } from './http-status.ts';
import type { Workspace, WorkspacePlan } from './workspace.ts';

/**
 * The bytes of a `.dir` object.
 * @throws {FetchFailure} `notFound` where the remote lacks it, `dataset` where it is not what its name says
 */
export async function fetchDirObject(workspace: Workspace, plan: WorkspacePlan, oid: string): Promise<Buffer> {
  const file = join(workspace.root, 'object.dir');
  const remote = remoteName(plan.remote);
  if (!(await getObject(workspace, plan, oid, file, dirObjectLimits.bytes))) {
    throw new FetchFailure(
      'notFound',
      `${remote} lacks the dataset's object ${oid}: run dvc push in a checkout of the commit`,
    );
  }
  if ((await stat(file)).size > dirObjectLimits.bytes) throw tooLong(plan, oid, dirObjectLimits.bytes);
  const bytes = await readFile(file);
  await rm(file);
  if (`${hashOf(bytes, plan.objectNaming)}.dir` !== oid) {
    throw new FetchFailure(
      'dataset',
      `the dataset's object ${oid} at ${remote} is damaged: its bytes don't match its hash`,
    );
  }
  return bytes;
}

/** Why one object didn't arrive: a failure that is always thrown, from what a second, single attempt shows. */
export async function diagnoseObject(
  workspace: Workspace,
  plan: WorkspacePlan,
  wanted: { md5: string; relpath: string },
  absent: number,
): Promise<never> {
  const file = join(workspace.root, 'object.probe');
  const remote = remoteName(plan.remote);
  const others = absent > 1 ? ` (and ${absent - 1} more files)` : '';
  const path = JSON.stringify(wanted.relpath);
  if (!(await getObject(workspace, plan, wanted.md5, file))) {
    throw new FetchFailure(
      'notFound',
      `${remote} lacks the object ${wanted.md5} of ${path}${others}: run dvc push in a checkout of the commit`,
    );
  }
  const found = await hashOfFile(file, plan.objectNaming);
  await rm(file, { force: true });
  if (found !== wanted.md5) {
    throw new FetchFailure(
      'dataset',
      `the object ${wanted.md5} of ${path} at ${remote} is damaged${others}: delete it there and run dvc push in a checkout that has the file`,
    );
  }
  throw new FetchFailure(
    'unreachable',
    `${remote} gave ${path}${others} only at the second attempt: run the fetch again`,
  );
}

/** Copies the object to `file`; false where DVC says that there is none. Other failures are thrown. */
async function getObject(
  workspace: Workspace,
  plan: WorkspacePlan,
  oid: string,
  file: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const args = ['get-url', workspace.remoteObject(oid), file];
  const { exitCode, stderr, end } = await runBounded(workspace, plan, args, maxBytes);
  if (end === 'too much') throw tooLong(plan, oid, maxBytes);
  if (end === 'stalled') throw tooSlow(plan.remote);
  if (exitCode === 0 && (await isFile(file))) return true;
  await requireScratchSpace(workspace.root);
  // The second is S3's own word, where the object went or was refused between DVC's look and its download.
  if (stderr.includes(`${workspace.remoteObject(oid)}' does not exist`) || /\bNoSuchKey\b/.test(stderr)) {
    const refusal = await httpRefusal(plan.remote, plan.objectNaming.path(oid), plan.dvc, plan.headers);
    if (refusal) throw refusal;
    return false;
  }
  throw (
    dvcFailure(stderr, plan.remote) ??
    new FetchFailure('unreachable', `${remoteName(plan.remote)} gave no object: ${stderrTail(stderr).at(-1)}`, {
      details: stderrTail(stderr),
    })
  );
}

/**
 * Runs DVC, and ends it when the workspace has grown by more than `maxBytes`, as a server may send without end, or has
 * not grown for long, as one may also give a byte a second.
 */
async function runBounded(workspace: Workspace, { remote }: WorkspacePlan, args: readonly string[], maxBytes: number) {
  const controller = new AbortController();
  const before = await usageOf(workspace.root);
  const patience = pullPatience * readSeconds(remote) * 1000;
  let mark = { at: performance.now(), bytes: before };
  let end: 'too much' | 'stalled' | null = null;
  const look = async () => {
    const bytes = await usageOf(workspace.root);
    if (bytes !== mark.bytes) mark = { at: performance.now(), bytes };
    if (bytes - before > maxBytes) end ??= 'too much';
    else if (performance.now() - mark.at > patience) end ??= 'stalled';
    if (end) controller.abort();
  };
  const timer = setInterval(() => void look().catch(() => {}), 500); // what can't be looked at, DVC reports itself
  try {
    const result = await workspace.run(args, controller.signal);
    return { ...result, end: end as 'too much' | 'stalled' | null };
  } finally {
    clearInterval(timer);
  }
}

/** The failure of a remote that gives next to nothing. */
export function tooSlow(remote: Remote): FetchFailure {
  return new FetchFailure(
    'unreachable',
    `${remoteName(remote)} gave less than a kilobyte a second for ${pullPatience * readSeconds(remote)} s: look at the server and the network, then run the fetch again; read_timeout of the remote sets how long to wait`,
  );
}

/** The failure of a remote that gives more than a `.dir` object may have. */
export function tooLong(plan: WorkspacePlan, oid: string, maxBytes: number): FetchFailure {
  return new FetchFailure(
    'dataset',
    `the dataset's object ${oid} at ${remoteName(plan.remote)} has more than ${maxBytes} bytes, which no dataset's list of files needs`,
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
