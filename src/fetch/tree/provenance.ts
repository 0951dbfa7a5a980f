/** Reads what a published tree says of itself: its `dataset.json`, and the list of files that this names. */
import { join } from 'node:path';
import { z } from 'zod';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { type Provenance, provenanceFile } from '../../dataset/provenance.ts';
import { objectNamingOf } from '../dvc-format/object-naming.ts';
import { readRegularFile } from '../files/read-regular.ts';
import { readCachedDirObject } from '../volume/cached-dir-object.ts';
import type { TreeShape } from './shape.ts';

const provenanceSchema = z.object({
  key: z.string(),
  repository: z.string(),
  hash: z.enum(['md5', 'md5-dos2unix']),
  oid: z.string().regex(/^[0-9a-f]{32}\.dir$/),
  files: z.int(),
  bytes: z.number(),
});

/** The part of a tree's provenance that the fetch itself reads. */
export type TreeProvenance = z.output<typeof provenanceSchema>;

/** Larger, in bytes, is no provenance that this program wrote. */
const provenanceLimit = 1024 * 1024;

/** The provenance of a tree, or null where there is no complete tree for this key. */
export async function readProvenance(tree: string, key: string): Promise<TreeProvenance | null> {
  const text = await readRegularFile(join(tree, provenanceFile), provenanceLimit);
  if (text === null) return null;
  try {
    const provenance = provenanceSchema.parse(JSON.parse(text.toString('utf8')));
    return provenance.key === key ? provenance : null;
  } catch {
    return null;
  }
}

/** What the commit fixes of a provenance. The rest, when and by which versions, tells of one fetch, and nothing proves it. */
const facts = [
  'dataset',
  'key',
  'layoutVersion',
  'repository',
  'revision',
  'split',
  'dataDir',
  'splitDir',
  'hash',
  'oid',
  'datasetOid',
  'files',
  'bytes',
] as const satisfies readonly (keyof Provenance)[];

/** Those of this provenance, to be compared. */
export function factsOf(provenance: Partial<Provenance>): unknown[] {
  return facts.map((name) => provenance[name]);
}

/** Those that a tree's `dataset.json` tells, whatever it may be; null where there is none. */
export async function readFacts(tree: string): Promise<unknown[] | null> {
  const text = await readRegularFile(join(tree, provenanceFile), provenanceLimit);
  if (text === null) return null;
  try {
    return factsOf(Object(JSON.parse(text.toString('utf8'))));
  } catch {
    return null;
  }
}

/** What a tree must consist of by the list that its provenance names, or null where the volume has that list no more. */
export async function readListedFiles(
  layout: VolumeLayout,
  { hash, oid }: TreeProvenance,
): Promise<Pick<TreeShape, 'entries' | 'objectNaming'> | null> {
  const objectNaming = objectNamingOf(hash);
  const listed = await readCachedDirObject(layout, objectNaming, oid);
  return listed && { entries: listed.entries, objectNaming };
}
