/** Writes down where a tree's bytes come from: the provenance that a model registry can record. */
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { layoutVersion } from '../../dataset/key.ts';
import type { Provenance, ProvenanceOutput } from '../../dataset/provenance.ts';
import { canonicalReference } from '../../dataset/reference.ts';
import { version } from '../../version.ts';
import type { TrackedOutput } from '../dvc-format/output.ts';
import type { SizedGroup } from './shape.ts';

/** What a tree holds: the subset's files, of the whole dataset. */
export interface DescribedContent {
  /** The folder that the files' paths are relative to. */
  base: string;
  outputs: readonly TrackedOutput[];
  /** What names the whole dataset, and what names the subset. */
  datasetOid: string;
  oid: string;
  /** The subset's files. */
  groups: readonly SizedGroup[];
}

/** The provenance of a tree; `seconds` is what its fetch took, by tools of these versions. */
export function describeTree(
  { reference, directories, key }: DatasetIdentity,
  { base, outputs, datasetOid, oid, groups }: DescribedContent,
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
    relativeTo: base,
    outputs: outputs.map(described),
    hash: groups[0]?.objectNaming.hash ?? 'md5',
    oid,
    datasetOid,
    files: groups.reduce((sum, { entries }) => sum + entries.length, 0),
    bytes: bytesOf(groups),
    seconds: Math.round(seconds * 1000) / 1000,
    fetchedAt: new Date().toISOString(),
    versions: { 'dvc-injector': version, ...versions },
  };
}

/** The length of all files together. */
export function bytesOf(groups: readonly SizedGroup[]): number {
  let sum = 0;
  for (const { entries, sizes } of groups) for (const { md5 } of entries) sum += sizes.get(md5) ?? 0;
  return sum;
}

function described({ path, source, oid, objectNaming }: TrackedOutput): ProvenanceOutput {
  return { path, metadata: source, oid, hash: objectNaming.hash };
}
