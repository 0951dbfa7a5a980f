/** Reads what a published tree says of itself: its `dataset.json`, and the list of files that this names. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { type Provenance, type ProvenanceOutput, provenanceFile } from '../../dataset/provenance.ts';
import { type DirEntry, pathProblem } from '../dvc-format/dir-object.ts';
import { type ObjectNaming, objectNamingOf } from '../dvc-format/object-naming.ts';
import { readRegularFile } from '../files/read-regular.ts';
import { readCachedDirObject } from '../volume/cached-dir-object.ts';
import { committedList, type FileGroup, pathInTree, type TreeShape, treeShape } from './shape.ts';

const hash = z.enum(['md5', 'md5-dos2unix']);
/** A path that stays inside of the tree, whoever wrote it. */
const pathInRepository = z.string().refine((path) => path === '.' || pathProblem(path) === null);
const output = z.object({ path: pathInRepository, metadata: pathInRepository, oid: z.string(), hash });

const provenanceSchema = z.object({
  key: z.string(),
  repository: z.string(),
  dataDir: z.string().optional(),
  hash,
  oid: z.string().regex(/^[0-9a-f]{32}\.dir$/),
  files: z.int(),
  bytes: z.number(),
  /** Absent in trees of versions that knew one tracked folder only, as is `outputs`. */
  relativeTo: pathInRepository.optional(),
  outputs: z.array(output).optional(),
});

/** The part of a tree's provenance that the fetch itself reads. */
export type TreeProvenance = z.output<typeof provenanceSchema>;

/** Larger, in bytes, is no provenance that this program wrote: it has a line for each of some hundred thousand outputs at most. */
const provenanceLimit = 64 * 1024 * 1024;

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
  'relativeTo',
  'outputs',
  'files',
  'bytes',
] as const satisfies readonly (keyof Provenance)[];

/** Those of this provenance, to be compared. */
export function factsOf(provenance: Partial<Provenance>): Facts {
  return Object.fromEntries(facts.map((name) => [name, provenance[name]]));
}

type HashName = ObjectNaming['hash'];
type Facts = Partial<Record<(typeof facts)[number], unknown>>;

/** True where a tree tells the same. What a version didn't write yet, it can't have told otherwise. */
export function sameFacts(expected: Facts, told: Facts | null): boolean {
  if (told === null) return false;
  const { relativeTo, outputs } = told;
  const older = relativeTo === undefined && outputs === undefined;
  return isDeepStrictEqual(older ? { ...expected, relativeTo, outputs } : expected, told);
}

/** Those that a tree's `dataset.json` tells, whatever it may be; null where there is none. */
export async function readFacts(tree: string): Promise<Facts | null> {
  const text = await readRegularFile(join(tree, provenanceFile), provenanceLimit);
  if (text === null) return null;
  try {
    return factsOf(Object(JSON.parse(text.toString('utf8'))));
  } catch {
    return null;
  }
}

/** What a tree must consist of by the list that its provenance names, or null where the volume has that list no more. */
export async function readListedShape(
  layout: VolumeLayout,
  { directories, reference }: DatasetIdentity,
  { hash, oid, relativeTo, outputs }: TreeProvenance,
): Promise<TreeShape | null> {
  const listed = await readCachedDirObject(layout, objectNamingOf(hash), oid);
  if (!listed) return null;
  const { dataDir } = directories;
  const base = relativeTo ?? dataDir;
  const metadata = outputs?.map((each) => each.metadata) ?? [`${dataDir}.dvc`];
  const groups = groupByHash(listed.entries, { base, hash, outputs: outputs ?? [] });
  return treeShape({ base, groups, small: [...new Set(metadata), ...committedList(directories, reference)] });
}

/** Files of one output are named as its folder's object says; an output of the other kind may lie beside it. */
function groupByHash(
  entries: readonly DirEntry[],
  { base, hash, outputs }: { base: string; hash: HashName; outputs: readonly ProvenanceOutput[] },
): FileGroup[] {
  if (outputs.every((each) => each.hash === hash)) return [{ objectNaming: objectNamingOf(hash), entries }];
  const hashAt = new Map(outputs.map((each) => [each.path, each.hash]));
  const hashOf = ({ relpath }: DirEntry) => {
    let path = pathInTree({ base }, relpath);
    while (!hashAt.has(path) && path.includes('/')) path = path.slice(0, path.lastIndexOf('/'));
    return hashAt.get(path) ?? hash;
  };
  return [...Map.groupBy(entries, hashOf)].map(([each, group]) => ({
    objectNaming: objectNamingOf(each),
    entries: group,
  }));
}
