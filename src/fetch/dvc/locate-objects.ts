/** Which objects a remote has, and how long they are, by DVC's own database of objects: for every type of remote that DVC knows. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { remoteAlias } from '../remote/choose-remote.ts';
import { writeScratchFile } from '../scratch/scratch-file.ts';
import type { FetchContext } from './context.ts';
import { dvcFailure, remoteName, stderrTail } from './failures.ts';
import type { Workspace } from './workspace.ts';

/** The name under which sitecustomize.py knows the question; no command of DVC has it. */
const command = 'dvc-injector-exists';

/** Of no more objects the lengths are asked for, which are a request each, of a remote that is no folder. */
const sized = 1000;

const answerSchema = z.object({ found: z.record(z.string(), z.number().nullable()) });

/**
 * Their lengths in bytes by object id, null where they weren't asked for; those that the remote lacks are absent. No data
 * is read.
 * @throws {FetchFailure} as DVC's own runs, where the remote can't be asked
 */
export async function locateObjectsByDvc(
  workspace: Workspace,
  oids: readonly string[],
  { remote, objectNaming, jobs }: FetchContext,
): Promise<Map<string, number | null>> {
  const [request, answer] = [join(workspace.root, 'exists-request.json'), join(workspace.root, 'exists-answer.json')];
  const asked = { remote: remoteAlias, hash: objectNaming.hash, jobs, sized, oids };
  await writeScratchFile(request, JSON.stringify(asked));
  const { exitCode, stderr } = await workspace.run([command, request, answer]);
  if (exitCode === 0) {
    const { found } = answerSchema.parse(JSON.parse(await readFile(answer, 'utf8')));
    return new Map(Object.entries(found));
  }
  const details = stderrTail(stderr);
  if (/invalid choice: .dvc-injector-exists/.test(stderr)) {
    throw new FetchFailure(
      'configuration',
      'the dvc on the PATH is a program that starts Python without PYTHONPATH, so it can not be asked which objects the remote has: name the real dvc on the PATH',
      { details },
    );
  }
  throw (
    dvcFailure(stderr, remote) ??
    new FetchFailure('unreachable', `${remoteName(remote)} can't be asked for its objects: ${details.at(-1)}`, {
      details,
    })
  );
}
