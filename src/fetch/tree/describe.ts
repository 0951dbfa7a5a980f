/** Writes down where a tree's bytes come from: the provenance that a model registry can record. */
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { layoutVersion } from '../../dataset/key.ts';
import type { Provenance } from '../../dataset/provenance.ts';
import { canonicalReference } from '../../dataset/reference.ts';
import { version } from '../../version.ts';
import type { DirObject } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import type { Sizes } from './write.ts';

/** What a tree holds: the subset's files, of the whole dataset. */
export interface DescribedContent {
  dataset: DirObject;
  subset: DirObject;
  objectNaming: ObjectNaming;
  /** Of the subset's objects. */
  sizes: Sizes;
}

/** The provenance of a tree; `seconds` is what its fetch took, by tools of these versions. */
export function describeTree(
  { reference, directories, key }: DatasetIdentity,
  { dataset, subset, objectNaming, sizes }: DescribedContent,
  { versions, seconds }: { versions: { git: string; dvc: string }; seconds: number },
): Provenance {
  return {
    dataset: canonicalReference(reference),
    key,
    layoutVersion,
    repository: reference.repository.canonical,
    revision: reference.revision,
    split: reference.split,
    ...directories,
    hash: objectNaming.hash,
    oid: subset.oid,
    datasetOid: dataset.oid,
    files: subset.entries.length,
    bytes: subset.entries.reduce((sum, { md5 }) => sum + (sizes.get(md5) ?? 0), 0),
    seconds: Math.round(seconds * 1000) / 1000,
    fetchedAt: new Date().toISOString(),
    versions: { 'dvc-injector': version, ...versions },
  };
}
