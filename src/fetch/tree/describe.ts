/** Writes down where a tree's bytes come from: the provenance that a model registry can record. */
import { layoutVersion } from '../../dataset/key.ts';
import type { Provenance } from '../../dataset/provenance.ts';
import { canonicalReference } from '../../dataset/reference.ts';
import { version } from '../../version.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import type { DirObject } from '../dvc-format/subset.ts';
import type { FetchOptions } from '../options.ts';
import type { Sizes } from './write.ts';

/** The provenance of a tree of the subset's files. `sizes` are those of its objects, `seconds` what the fetch took. */
export function describeTree(
  { reference, directories, key }: Pick<FetchOptions, 'reference' | 'directories' | 'key'>,
  { dataset, subset, objectNaming }: { dataset: DirObject; subset: DirObject; objectNaming: ObjectNaming },
  sizes: Sizes,
  versions: { git: string; dvc: string },
  seconds: number,
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
