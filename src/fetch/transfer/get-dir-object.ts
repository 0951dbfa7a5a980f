/** The commit's own `.dir` object, from the nearest place that has it. */
import type { VolumeLayout } from '../../dataset/layout.ts';
import { fetchDirObject, tooLong } from '../dvc/get-object.ts';
import { makeWorkspace, type WorkspacePlan } from '../dvc/workspace.ts';
import { dirObjectLimits, parseDirObject } from '../dvc-format/dir-object.ts';
import type { DirObject } from '../dvc-format/subset.ts';
import { hashOf } from '../objects/hash.ts';
import type { Log } from '../report/log.ts';
import type { S3Client } from '../s3/client.ts';
import { HandOver } from '../s3/fall-back.ts';
import { readCachedDirObject } from '../tree/check.ts';

/**
 * From the volume's cache where another split of the same data left it, else from the remote: natively, or by DVC,
 * which also finds the words for what is wrong.
 * @throws {FetchFailure} as `fetchDirObject` and `parseDirObject`
 */
export async function readDataset(
  layout: VolumeLayout,
  oid: string,
  plan: WorkspacePlan,
  client: S3Client | null,
  log: Log,
): Promise<DirObject> {
  const cached = await readCachedDirObject(layout, plan.objectNaming, oid);
  if (cached) return { oid, ...cached };
  plan.dvc.forks.start(); // as much of the data is missing too, most likely, and the processor has nothing else to do
  const bytes =
    (client && (await nativeDirObject(client, plan, oid, log))) ??
    (await fetchDirObject(await makeWorkspace(plan, 'dataset'), plan, oid));
  return { oid, bytes, entries: parseDirObject(bytes) };
}

/**
 * Null where it is absent, damaged, of a length that is not told, or not to be had this way. One that is too long is
 * refused here already: DVC asks for the ranges of an object all at once, and keeps what comes in memory.
 */
async function nativeDirObject(client: S3Client, plan: WorkspacePlan, oid: string, log: Log): Promise<Buffer | null> {
  try {
    const bytes = await client.get(
      plan.objectNaming.path(oid),
      async ({ length, body }) => {
        if (length !== null && length > dirObjectLimits.bytes) throw tooLong(plan, oid, dirObjectLimits.bytes);
        return length === null ? null : await readInto(Buffer.allocUnsafe(length), body);
      },
      plan.dvc.signal,
    );
    return bytes && `${hashOf(bytes, plan.objectNaming)}.dir` === oid ? bytes : null;
  } catch (error) {
    if (!(error instanceof HandOver)) throw error;
    log.info({ why: error.message }, "the dataset's list of files is fetched by DVC");
    return null;
  }
}

/** Fills the buffer. A list may be long: put together from its chunks it would be in memory twice. */
async function readInto(buffer: Buffer, body: AsyncIterable<Buffer>): Promise<Buffer> {
  let length = 0;
  for await (const chunk of body) length += chunk.copy(buffer, length);
  return buffer;
}
