/** Gets the commit's `.dir` object, DVC's list of the dataset's files, from the volume's cache or the remote. */
import type { VolumeLayout } from '../../dataset/layout.ts';
import type { FetchContext } from '../dvc/context.ts';
import { fetchDirObject, tooLong } from '../dvc/get-object.ts';
import { makeWorkspace } from '../dvc/workspace.ts';
import { type DirObject, dirObjectLimits, parseDirObject } from '../dvc-format/dir-object.ts';
import { isDirObject } from '../objects/hash.ts';
import type { S3Client } from '../s3/client.ts';
import { FallBackToDvc } from '../s3/fall-back.ts';
import { readCachedDirObject } from '../volume/cached-dir-object.ts';

/**
 * From the volume's cache where another split of the same data left it, else from the remote: natively, or by DVC,
 * which also finds the words for what is wrong.
 * @throws {FetchFailure} as `fetchDirObject` and `parseDirObject`
 */
export async function getDirObject(layout: VolumeLayout, context: FetchContext): Promise<DirObject> {
  const { oid, objectNaming } = context.metadata;
  const cached = await readCachedDirObject(layout, objectNaming, oid);
  if (cached) return { oid, ...cached };
  context.dvc.forks.start(); // as much of the data is missing too, most likely, and the processor has nothing else to do
  const bytes =
    (context.client && (await nativeDirObject(context.client, context))) ??
    (await fetchDirObject(await makeWorkspace(context, 'dataset'), oid, context));
  return { oid, bytes, entries: parseDirObject(bytes) };
}

/**
 * Null where it is absent, damaged, of a length that is not told, or not to be had this way. One that is too long is
 * refused here already: DVC asks for the ranges of an object all at once, and keeps what comes in memory.
 */
async function nativeDirObject(client: S3Client, context: FetchContext): Promise<Buffer | null> {
  const { remote, log, signal } = context;
  const { oid, objectNaming } = context.metadata;
  try {
    const bytes = await client.get(
      objectNaming.path(oid),
      async ({ length, body }) => {
        if (length !== null && length > dirObjectLimits.bytes) throw tooLong(remote, oid);
        return length === null ? null : await readInto(Buffer.allocUnsafe(length), body);
      },
      signal,
    );
    return bytes && isDirObject(bytes, oid, objectNaming) ? bytes : null;
  } catch (error) {
    if (!(error instanceof FallBackToDvc)) throw error;
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
