/** Warnings about annotations that can be obeyed, but hardly mean what they say. */
import { annotationKey, annotationPrefix, annotations, readAnnotationKey } from './annotations.ts';
import type { DatasetWish } from './requested-datasets.ts';

/** More would fill the answer, of which the API server keeps 4 KiB of warnings, with one mistake. */
const mostUnknown = 5;

/** Paths that are probably written with a part that belongs to another annotation. */
export function wishWarnings(wishes: readonly DatasetWish[]): string[] {
  return wishes.flatMap((wish) => [...splitWarnings(wish), ...dataDirWarnings(wish)]);
}

function splitWarnings({ name, reference, directories }: DatasetWish): string[] {
  const { splitDir } = directories;
  const { split } = reference;
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

function dataDirWarnings({ name, directories: { dataDir } }: DatasetWish): string[] {
  if (!dataDir.endsWith('.dvc')) return [];
  return [
    `annotation ${annotationKey('data-dir', name)} means the folder ${dataDir}, whose metadata is ${dataDir}.dvc; if you mean the folder that ${dataDir} describes, write ${dataDir.slice(0, -'.dvc'.length)}`,
  ];
}

/** A warning for each annotation in our name that is none of ours, most likely a typing error, or for the first few. */
export function unknownAnnotationWarnings(all: Readonly<Record<string, string>>): string[] {
  const unknown = Object.keys(all).filter((key) => key.startsWith(annotationPrefix) && !readAnnotationKey(key));
  const known = Object.keys(annotations).join(', ');
  return [
    ...unknown.slice(0, mostUnknown).map((key) => `annotation ${key} is unknown and ignored; known are ${known}`),
    ...(unknown.length > mostUnknown
      ? [`${unknown.length - mostUnknown} more annotations are unknown and ignored`]
      : []),
  ];
}
