/** Warns about annotations that are valid, but probably do not mean what their author thinks. */
import { parseSplit } from '../dataset/split.ts';
import { annotationKey, annotationPrefix, annotations, readAnnotationKey } from './annotations.ts';
import { firstWarnings } from './first-warnings.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** A warning for each path that seems to repeat what another annotation says, such as `data-split/train` for `train`. */
export function pathWarnings(requested: readonly RequestedDataset[]): string[] {
  return requested.flatMap((dataset) => [...splitWarnings(dataset), ...dataDirWarnings(dataset)]);
}

function splitWarnings({ name, reference, directories }: RequestedDataset): string[] {
  const { splitDir } = directories;
  const { split } = reference;
  if (parseSplit(split).kind !== 'list') return [];
  if (split.includes(',')) {
    return [
      `annotation ${annotationKey('dataset', name)} means the one list ${splitDir}/${split}, comma and all; if you mean several lists, name one here and each other by an annotation such as ${annotationKey('dataset', 'val')}`,
    ];
  }
  if (!split.startsWith(`${splitDir}/`)) return [];
  return [
    `annotation ${annotationKey('dataset', name)} means the list ${splitDir}/${split}, as a split is a path below ${splitDir}; if you mean ${split}, write :${split.slice(splitDir.length + 1)}`,
  ];
}

function dataDirWarnings({ name, directories: { dataDir } }: RequestedDataset): string[] {
  if (!dataDir.endsWith('.dvc')) return [];
  return [
    `annotation ${annotationKey('data-dir', name)} means the folder ${dataDir}, whose metadata is ${dataDir}.dvc; if you mean the folder that ${dataDir} describes, write ${dataDir.slice(0, -'.dvc'.length)}`,
  ];
}

/** A warning for each of the first few `dvc.io/` annotations that do not exist, most likely typing errors. */
export function unknownAnnotationWarnings(all: Readonly<Record<string, string>>): string[] {
  const unknown = Object.keys(all).filter((key) => key.startsWith(annotationPrefix) && !readAnnotationKey(key));
  if (unknown.length === 0) return [];
  const known = Object.keys(annotations).join(', ');
  return firstWarnings(
    unknown.map((key) => `annotation ${key} is unknown and ignored; known are ${known}`),
    (more) => `${more} more annotations are unknown and ignored`,
  );
}
