/** Derives the `.dir` object of exactly the split's files, as DVC itself would have written it for such a folder. */
import { createHash } from 'node:crypto';
import { everyFile } from '../../dataset/reference.ts';
import { resolveSplit } from '../../dataset/split-list.ts';
import { clipped, escapedJson, hasControl } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import type { DirEntry, DirObject } from './dir-object.ts';
import { containerMemory } from './memory.ts';
import { compareCodePoints, dumpsDictionary } from './python-json.ts';

/** Larger is no list that a person or a script made for this dataset, or one that is in memory twice while git sends it. */
export const listLimit = Math.min(256 * 1024 * 1024, Math.floor(containerMemory() / 8));

/** The object for these entries: sorted as DVC sorts, written as Python writes. */
export function deriveDirObject(entries: readonly DirEntry[]): DirObject {
  const sorted = [...entries].sort((a, b) => compareCodePoints(a.relpath, b.relpath));
  const bytes = Buffer.concat([...dumped(sorted)]);
  return { oid: `${createHash('md5').update(bytes).digest('hex')}.dir`, bytes, entries: sorted };
}

/** In pieces, as a string holds no half gigabyte, which 5 million files may take. */
function* dumped(entries: readonly DirEntry[]): Generator<Buffer> {
  const perPiece = 10_000;
  yield Buffer.from('[');
  for (let at = 0; at < entries.length; at += perPiece) {
    const piece = entries
      .slice(at, at + perPiece)
      .map(dumpsDictionary)
      .join(', ');
    yield Buffer.from(at === 0 ? piece : `, ${piece}`);
  }
  yield Buffer.from(']');
}

/**
 * The subset that a split names: all of the dataset for `*`, else the files of its list.
 * @throws {FetchFailure} `dataset` that names each offending line, or a file whose name can't be published
 */
export function selectSubset(
  dataset: DirObject,
  split: { path: string; list: Buffer | null },
  dataDir: string,
): DirObject {
  // DVC records an empty dataset, with exit code 0, where the data folder holds a folder named .dvc.
  if (dataset.entries.length === 0) {
    throw new FetchFailure(
      'dataset',
      `the commit's dataset has no files: see what dvc add tracked in ${dataDir} (a folder named .dvc in it hides all of it), add it again and use that commit`,
    );
  }
  if (split.list === null) {
    requirePlainNames(dataset.entries);
    return dataset;
  }
  const byPath = new Map<string, DirEntry>();
  for (const entry of dataset.entries) byPath.set(entry.relpath, entry);
  const { paths, offences, offending } = resolveSplit(split.list, dataDir, byPath);
  if (offending > 0) {
    const lines = offences.map(({ line, text, why }) => `line ${line}: ${JSON.stringify(clipped(text, 200))} ${why}`);
    const shown = lines.slice(0, 3).join('; ');
    throw new FetchFailure(
      'dataset',
      `the list ${split.path} has ${offending} line${offending > 1 ? 's' : ''} that can not be honoured, so nothing is published: ${shown}${offending > 3 ? '; …' : ''}`,
      { details: offending > lines.length ? [...lines, `and ${offending - lines.length} more`] : lines },
    );
  }
  if (paths.length === 0) {
    throw new FetchFailure(
      'dataset',
      `the list ${split.path} names no file: write one path per line, or use the split ${everyFile}`,
    );
  }
  const subset = deriveDirObject(paths.flatMap((path) => byPath.get(path) ?? []));
  requirePlainNames(subset.entries);
  return subset;
}

/**
 * DVC tracks a name with a control character, and Linux has it; but a terminal obeys it, and a line break in one ends a
 * list's line. Only where it would be published: a list may leave it out.
 */
function requirePlainNames(entries: readonly DirEntry[]): void {
  const bad = entries.filter(({ relpath }) => hasControl(relpath));
  const [first] = bad;
  if (!first) return;
  const others = bad.length > 1 ? ` (and ${bad.length - 1} more)` : '';
  throw new FetchFailure(
    'dataset',
    `the dataset's file ${escapedJson(JSON.stringify(clipped(first.relpath, 200)))}${others} has a control character or line break in its name: rename it, dvc add and dvc push again and use that commit, or name a list without it`,
  );
}
