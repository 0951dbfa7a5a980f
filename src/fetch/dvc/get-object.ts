/** Gets a single object by real DVC, so that it works for every type of remote that DVC knows; the object's name proves its bytes. */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode } from '../failure/system-error.ts';
import { hashOfFile, isObject } from '../objects/hash.ts';
import type { Remote } from '../remote/choose-remote.ts';
import { stallSeconds } from '../remote/patience.ts';
import { usageOf } from '../scratch/budget.ts';
import { requireScratchSpace } from '../scratch/space.ts';
import type { FetchContext } from './context.ts';
import { dvcFailure, remoteName, stderrTail } from './failures.ts';
import { httpRefusal } from './http-status.ts';
import { watchGrowth } from './watch-workspace.ts';
import type { Workspace } from './workspace.ts';

/** An object that is read as a whole: a folder's list of files, or a list of a split. */
export interface SmallObject {
  oid: string;
  maxBytes: number;
}

/**
 * Its bytes.
 * @throws {FetchFailure} `notFound` where the remote lacks it, `dataset` where it is not what its name says, or too long
 */
export async function fetchSmallObject(
  workspace: Workspace,
  object: SmallObject,
  context: FetchContext,
): Promise<Buffer> {
  const { oid, maxBytes } = object;
  const file = join(workspace.root, 'object');
  const remote = remoteName(context.remote);
  if (!(await getObject(workspace, { oid, file, maxBytes }, context))) {
    throw new FetchFailure('notFound', `${remote} lacks the dataset's object ${oid}: ${howToPush(oid, context)}`);
  }
  if ((await stat(file)).size > maxBytes) throw tooLong(context.remote, object);
  const bytes = await readFile(file);
  await rm(file);
  if (!isObject(bytes, oid, context.objectNaming)) {
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
  wanted: { md5: string; relpath: string },
  absent: number,
  context: FetchContext,
): Promise<never> {
  const file = join(workspace.root, 'object.probe');
  const remote = remoteName(context.remote);
  const others = absent > 1 ? ` (and ${absent - 1} more files)` : '';
  const path = JSON.stringify(wanted.relpath);
  const request = { oid: wanted.md5, file, maxBytes: Number.POSITIVE_INFINITY };
  if (!(await getObject(workspace, request, context))) {
    throw new FetchFailure(
      'notFound',
      `${remote} lacks the object ${wanted.md5} of ${path}${others}: ${howToPush(wanted.md5, context)}`,
    );
  }
  const { hash: found } = await hashOfFile(file, context.objectNaming, context.signal);
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

/**
 * What brings a lost object to the remote. `dvc push` looks at the list of a folder first, and takes all of its files for
 * pushed where that is there (seen with DVC 3.67), so it has to go before.
 */
function howToPush(oid: string, { listOf, objectNaming, pushed }: FetchContext): string {
  if (!pushed)
    return 'its output has push: false, which dvc push obeys: take that out of the metadata, run dvc push, and use that commit';
  const list = listOf(oid);
  if (list === null) return 'run dvc push in a checkout of the commit that has the file';
  return `delete ${objectNaming.path(list)} at the remote, as dvc push takes the whole folder for pushed while its list is there, then run dvc push in a checkout of the commit that has the file (dvc data status --not-in-remote --granular shows what is missing)`;
}

/** One object, the file that it is to be copied to, and the bytes at which that is ended. */
interface ObjectRequest {
  oid: string;
  file: string;
  maxBytes: number;
}

/** Copies the object to `file`; false where DVC says that there is none. Other failures are thrown. */
async function getObject(
  workspace: Workspace,
  { oid, file, maxBytes }: ObjectRequest,
  context: FetchContext,
): Promise<boolean> {
  const { remote, objectNaming, dvc, signal } = context;
  const url = workspace.remoteObject(oid);
  const { exitCode, stderr, verdict } = await runBounded(workspace, ['get-url', url, file], maxBytes, remote);
  if (verdict === 'too large') throw tooLong(remote, { oid, maxBytes });
  if (verdict === 'stalled') throw tooSlow(remote);
  if (exitCode === 0 && (await isFile(file))) return true;
  await requireScratchSpace(workspace.root);
  // The second is S3's own word, where the object went or was refused between DVC's look and its download.
  if (stderr.includes(`${url}' does not exist`) || /\bNoSuchKey\b/.test(stderr)) {
    const asked = { env: dvc.env, signal };
    const refusal = await httpRefusal(remote, objectNaming.path(oid), asked, dvc.headers);
    if (refusal) throw refusal;
    return false;
  }
  throw (
    dvcFailure(stderr, remote) ??
    new FetchFailure('unreachable', `${remoteName(remote)} gave no object: ${stderrTail(stderr).at(-1)}`, {
      details: stderrTail(stderr),
    })
  );
}

/** Runs DVC, and ends it when the workspace has grown by more than `maxBytes`, as a server may send without end, or stalls. */
async function runBounded(workspace: Workspace, args: readonly string[], maxBytes: number, remote: Remote) {
  const bounds = { bytes: maxBytes, stallSeconds: stallSeconds(remote) };
  const watch = await watchGrowth(() => usageOf(workspace.root), bounds);
  const result = await workspace.run(args, watch.stop).finally(() => watch.end());
  return { ...result, verdict: watch.verdict };
}

/** The failure of a remote that gives next to nothing. */
export function tooSlow(remote: Remote): FetchFailure {
  return new FetchFailure(
    'unreachable',
    `${remoteName(remote)} gave less than a kilobyte a second for ${stallSeconds(remote)} s: look at the server and the network, then run the fetch again; read_timeout of the remote sets how long to wait`,
  );
}

/** The failure of a remote that gives more than such an object may have. */
export function tooLong(remote: Remote, { oid, maxBytes }: SmallObject): FetchFailure {
  return new FetchFailure(
    'dataset',
    `the dataset's object ${oid} at ${remoteName(remote)} has more than ${maxBytes} bytes, the most that is read of a list in this memory`,
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
