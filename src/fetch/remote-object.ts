/** One object from the remote, by real DVC, so that any type of remote that DVC knows works; its bytes are proven by its name. */
import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dirObjectLimits } from './dir-object.ts';
import { remoteObject, type Workspace } from './dvc.ts';
import { dvcFailure, remoteName, stderrTail } from './dvc-failures.ts';
import { FetchFailure, hasCode } from './failure.ts';
import { md5OfFile } from './hashing.ts';
import type { Remote } from './remote.ts';
import { requireScratchSpace } from './scratch-space.ts';

/**
 * The bytes of a `.dir` object.
 * @throws {FetchFailure} `notFound` where the remote lacks it, `dataset` where it is not what its name says
 */
export async function fetchDirObject(workspace: Workspace, remote: Remote, oid: string): Promise<Buffer> {
  const file = join(workspace.root, 'object.dir');
  if (!(await getObject(workspace, remote, oid, file))) {
    throw new FetchFailure(
      'notFound',
      `${remoteName(remote)} lacks the dataset's object ${oid}: run dvc push in a checkout of the commit`,
    );
  }
  const { size } = await stat(file);
  if (size > dirObjectLimits.bytes)
    throw new FetchFailure('dataset', `the dataset's object ${oid} has ${size} bytes, more than the limit`);
  const bytes = await readFile(file);
  await rm(file);
  if (`${createHash('md5').update(bytes).digest('hex')}.dir` !== oid) {
    throw new FetchFailure(
      'dataset',
      `the dataset's object ${oid} at ${remoteName(remote)} is damaged: its bytes don't match its hash`,
    );
  }
  return bytes;
}

/** Why one object didn't arrive: a failure that is always thrown, from what a second, single attempt shows. */
export async function diagnoseObject(
  workspace: Workspace,
  remote: Remote,
  wanted: { md5: string; relpath: string },
  absent: number,
): Promise<never> {
  const file = join(workspace.root, 'object.probe');
  const others = absent > 1 ? ` (and ${absent - 1} more files)` : '';
  const path = JSON.stringify(wanted.relpath);
  if (!(await getObject(workspace, remote, wanted.md5, file))) {
    throw new FetchFailure(
      'notFound',
      `${remoteName(remote)} lacks the object ${wanted.md5} of ${path}${others}: run dvc push in a checkout of the commit`,
    );
  }
  const md5 = await md5OfFile(file);
  await rm(file, { force: true });
  if (md5 !== wanted.md5) {
    throw new FetchFailure(
      'dataset',
      `the object ${wanted.md5} of ${path} at ${remoteName(remote)} is damaged${others}: delete it there and run dvc push in a checkout that has the file`,
    );
  }
  throw new FetchFailure(
    'unreachable',
    `${remoteName(remote)} gave ${path}${others} only at the second attempt: run the fetch again`,
  );
}

/** Copies the object to `file`; false where DVC says that there is none. Other failures are thrown. */
async function getObject(workspace: Workspace, remote: Remote, oid: string, file: string): Promise<boolean> {
  const { exitCode, stderr } = await workspace.run(['get-url', remoteObject(oid), file]);
  if (exitCode === 0 && (await isFile(file))) return true;
  await requireScratchSpace(workspace.root);
  if (stderr.includes(`${remoteObject(oid)}' does not exist`)) return false;
  throw (
    dvcFailure(stderr, remote) ??
    new FetchFailure('unreachable', `${remoteName(remote)} gave no object: ${stderrTail(stderr).at(-1)}`, {
      details: stderrTail(stderr),
    })
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
