/** Which of a dataset's objects are at their remote, and how long they are: without a byte of data. */
import type { FetchContext } from '../fetch/dvc/context.ts';
import { remoteFailure } from '../fetch/dvc/failures.ts';
import { diagnoseObject } from '../fetch/dvc/get-object.ts';
import { locateObjectsByDvc } from '../fetch/dvc/locate-objects.ts';
import { makeWorkspace } from '../fetch/dvc/workspace.ts';
import type { DirEntry } from '../fetch/dvc-format/dir-object.ts';
import { FallBackToDvc } from '../fetch/s3/fall-back.ts';
import { type Located, locateObjects, RefusedObject } from '../fetch/s3/locate-objects.ts';

/** The lengths of those that are there, by object id; null where the remote doesn't tell. */
export async function findAtRemote(objects: readonly string[], context: FetchContext, nth: number): Promise<Located> {
  if (objects.length === 0) return new Map();
  const native = context.client ? await findByS3(objects, context) : null;
  if (native) return native;
  return locateObjectsByDvc(await makeWorkspace(context, `exists-${nth}`), objects, context);
}

/** Null where DVC has to be asked, which then also has the words for what is wrong. */
async function findByS3(oids: readonly string[], context: FetchContext): Promise<Located | null> {
  const { client, objectNaming, jobs, signal, log, remote } = context;
  if (!client) return null;
  try {
    return await locateObjects(client, { oids, objectNaming, jobs }, signal);
  } catch (error) {
    if (error instanceof RefusedObject) throw remoteFailure('refused', remote, error.message);
    if (!(error instanceof FallBackToDvc)) throw error;
    log.info({ why: error.message }, 'DVC is asked for the objects of the remote');
    return null;
  }
}

/**
 * The failure of a fetch that begins with this object, which the remote lacks.
 * @throws {FetchFailure} always: in the words of the fetch, which asks for it once more
 */
export async function tellMissing(
  wanted: DirEntry,
  absent: number,
  context: FetchContext,
  nth: number,
): Promise<never> {
  return diagnoseObject(await makeWorkspace(context, `missing-${nth}`), wanted, absent, context);
}
