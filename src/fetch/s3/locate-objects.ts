/** Which objects a bucket has, and how long they are: by the fewest requests, and without a byte of their data. */
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { forEachParallel } from '../files/parallel.ts';
import type { S3Client } from './client.ts';
import { FallBackToDvc } from './fall-back.ts';

/** Lengths in bytes by object id, of those that are there; null where the server tells none. */
export type Located = Map<string, number | null>;

/** The objects that are looked for. */
export interface Wanted {
  oids: readonly string[];
  objectNaming: ObjectNaming;
  /** How many requests at once. */
  jobs: number;
}

/** So few are asked for one by one without a look at how many the bucket holds. */
const fewObjects = 8;
/** What S3 lists in one answer. */
const pageSize = 1000;

/**
 * Looks the objects up: all at once by lists where these are fewer requests than a HEAD for each, and each by a HEAD else,
 * or where the credentials don't allow lists.
 * @throws {FallBackToDvc} where S3 doesn't answer, or not to us; {RefusedObject}
 */
export async function locateObjects(client: S3Client, wanted: Wanted, signal: AbortSignal): Promise<Located> {
  if (wanted.oids.length <= fewObjects) return headEach(client, wanted, signal);
  let listed: Located | null;
  try {
    listed = await listAll(client, wanted, signal);
  } catch (error) {
    if (!(error instanceof FallBackToDvc) || error.passing) throw error;
    listed = null; // a user may be allowed to get objects and not to list them
  }
  if (listed === null) return headEach(client, wanted, signal);
  // To list them is one right and to get them another, and what HEAD asks for is the second.
  const [some] = listed.keys();
  if (some !== undefined) await requireRight(client, wanted.objectNaming.path(some), signal);
  return listed;
}

/** The credentials allow to list an object and not to get it. */
export class RefusedObject extends Error {
  override readonly name = 'RefusedObject';
}

async function requireRight(client: S3Client, path: string, signal: AbortSignal): Promise<void> {
  try {
    await client.head(path, signal);
  } catch (error) {
    if (!(error instanceof FallBackToDvc) || error.passing) throw error;
    throw new RefusedObject(`HEAD ${path}, which is listed: ${error.message}`, { cause: error });
  }
}

async function headEach(client: S3Client, { oids, objectNaming, jobs }: Wanted, signal: AbortSignal): Promise<Located> {
  const located: Located = new Map();
  await forEachParallel(oids, jobs, signal, async (oid) => {
    const found = await client.head(objectNaming.path(oid), signal);
    if (found) located.set(oid, found.length);
  });
  return located;
}

/** Null where lists would be more requests. */
async function listAll(client: S3Client, { oids, objectNaming, jobs }: Wanted, signal: AbortSignal) {
  const prefixes = await prefixesFor(client, oids.length, objectNaming, signal);
  if (prefixes === null) return null;
  const wanted = new Set(oids);
  const located: Located = new Map();
  const keep = (objects: readonly { oid: string; bytes: number }[]) => {
    for (const { oid, bytes } of objects) if (wanted.has(oid)) located.set(oid, bytes);
  };
  if (!Array.isArray(prefixes)) {
    keep(prefixes.objects);
    return located;
  }
  await forEachParallel(prefixes, jobs, signal, async (prefix) => {
    for (let after: string | null = null, first = true; first || after !== null; first = false) {
      const page = await client.list(prefix, after, signal);
      keep(page.objects);
      after = page.next;
    }
  });
  return located;
}

/**
 * What to list: as DVC's names are evenly spread, the first page tells how many objects there are. That page itself where
 * it is all there is; null where to ask for each object is less.
 */
async function prefixesFor(client: S3Client, count: number, { hash, path }: ObjectNaming, signal: AbortSignal) {
  const nothing = '0'.repeat(32);
  const folder = path(nothing).slice(0, -(nothing.length + 1)); // without `00/0…`
  const below = (digits: number) =>
    Array.from({ length: 16 ** digits }, (_, number) => folder + number.toString(16).padStart(digits, '0'));
  // Objects of DVC 2 lie beside everything else of the bucket, such as `files/`, so only their own folders are listed.
  if (hash === 'md5-dos2unix') return count <= 256 ? null : below(2).map((prefix) => `${prefix}/`);
  const page = await client.list(folder, null, signal);
  if (page.next === null) return page;
  const last = page.objects.at(-1)?.oid ?? '';
  const covered = (Number.parseInt(last.slice(0, 8), 16) + 1) / 2 ** 32;
  const total = pageSize / covered;
  const digits = total < 256 * pageSize ? 1 : 2;
  const requests = Math.max(total / pageSize, 16 ** digits);
  return count <= requests ? null : below(digits);
}
