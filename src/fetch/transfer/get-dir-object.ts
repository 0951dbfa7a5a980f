/** Gets the lists that a fetch begins with, from the volume's cache or the remote: DVC's own of a folder's files, and one that names a split. */
import type { VolumeLayout } from '../../dataset/layout.ts';
import type { FetchContext } from '../dvc/context.ts';
import { fetchSmallObject, type SmallObject, tooLong } from '../dvc/get-object.ts';
import { makeWorkspace } from '../dvc/workspace.ts';
import { type DatasetRoom, type DirObject, dirObjectLimits, parseDirObject } from '../dvc-format/dir-object.ts';
import { readRegularFile } from '../files/read-regular.ts';
import { isObject } from '../objects/hash.ts';
import type { S3Client } from '../s3/client.ts';
import { FallBackToDvc } from '../s3/fall-back.ts';
import { readCachedDirObject } from '../volume/cached-dir-object.ts';
import { cachedObjectPath } from '../volume/object-cache.ts';

/**
 * A folder's list, from the volume's cache where another split of the same data left it, else from the remote: natively,
 * or by DVC, which also finds the words for what is wrong. `room` is what all lists of a dataset may take together.
 * @throws {FetchFailure} as `fetchSmallObject` and `parseDirObject`
 */
export async function getDirObject(
  layout: VolumeLayout,
  oid: string,
  room: DatasetRoom,
  context: FetchContext,
): Promise<DirObject> {
  const cached = await readCachedDirObject(layout, context.objectNaming, oid, room);
  if (cached) return { oid, ...cached };
  const bytes = await fromRemote({ oid, maxBytes: dirObjectLimits.bytes }, context);
  return { oid, bytes, entries: parseDirObject(bytes, room) };
}

/**
 * The bytes of one file that is read as a whole, which the volume's cache may have.
 * @throws {FetchFailure} as `fetchSmallObject`
 */
export async function getSmallObject(
  layout: VolumeLayout,
  object: SmallObject,
  context: FetchContext,
): Promise<Buffer> {
  const { oid, maxBytes } = object;
  const cached = await readRegularFile(cachedObjectPath(layout, context.objectNaming, oid), maxBytes);
  if (cached && isObject(cached, oid, context.objectNaming)) return cached;
  return fromRemote(object, context);
}

async function fromRemote(object: SmallObject, context: FetchContext): Promise<Buffer> {
  context.dvc.forks.start(); // as much of the data is missing too, most likely, and the processor has nothing else to do
  // Where no file has a CRLF, the lists of DVC 2 and of DVC 3 have the same name.
  const name = `list-${context.objectNaming.hash}-${object.oid}`;
  return (
    (context.client && (await nativeObject(context.client, object, context))) ??
    (await fetchSmallObject(await makeWorkspace(context, name), object, context))
  );
}

/**
 * Null where it is absent, damaged, of a length that is not told, or not to be had this way. One that is too long is
 * refused here already: DVC asks for the ranges of an object all at once, and keeps what comes in memory.
 */
async function nativeObject(client: S3Client, object: SmallObject, context: FetchContext): Promise<Buffer | null> {
  const { remote, objectNaming, log, signal } = context;
  try {
    const bytes = await client.get(
      objectNaming.path(object.oid),
      async ({ length, body }) => {
        if (length !== null && length > object.maxBytes) throw tooLong(remote, object);
        return length === null ? null : await readInto(Buffer.allocUnsafe(length), body);
      },
      signal,
    );
    return bytes && isObject(bytes, object.oid, objectNaming) ? bytes : null;
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
