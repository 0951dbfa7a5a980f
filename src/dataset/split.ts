/** What a split's text means: every file, a list of the repository, or a glob over the dataset's paths. */
import { globProblem, isGlob } from './glob.ts';
import { InvalidReference } from './invalid-reference.ts';
import { relativePathProblem } from './relative-path.ts';

/** The files of a dataset that are wanted. */
export type Split =
  | { kind: 'every' }
  /** `path` lies below the split directory. */
  | { kind: 'list'; path: string }
  /** Over paths relative to the data directory, or beginning with it. */
  | { kind: 'glob'; pattern: string };

/** The split that stands for every file. */
export const everyFile = '*';

/**
 * Reads a split. What has one of `* ? [ {` and is not `*` alone is a glob, as no list may have such a name.
 * @throws {InvalidReference} with problem `split`
 */
export function parseSplit(text: string): Split {
  if (text === everyFile) return { kind: 'every' };
  if (text === '') {
    throw new InvalidReference(
      'split',
      'the split is missing after "@<sha>:"; name a list of the split directory, such as :train, a glob, such as :train/**, or * for every file',
    );
  }
  if (isGlob(text)) {
    const problem = globProblem(text);
    if (!problem) return { kind: 'glob', pattern: text };
    throw new InvalidReference(
      'split',
      `the split is a glob that ${problem}; write one over the dataset's paths, such as :train/** or :**/*.{jpg,png}, or commit a list`,
    );
  }
  const problem = relativePathProblem(text);
  if (!problem) return { kind: 'list', path: text };
  throw new InvalidReference(
    'split',
    `the split ${problem}; name a list by its path below the split directory, such as :train or :train/6.4k, a glob over the dataset's paths, such as :train/**, or * for every file`,
  );
}

/**
 * The split that whoever wrote the name of an absent list may have meant: `<split>/**` where that is a folder of the dataset;
 * null where it is none. `paths` are the dataset's, relative to `dataDir`.
 */
export function folderSplit(split: string, paths: Iterable<string>, dataDir: string): string | null {
  const folder = split.replace(/\/$/, '');
  const prefixes = [`${folder}/`];
  if (folder.startsWith(`${dataDir}/`)) prefixes.push(`${folder.slice(dataDir.length + 1)}/`);
  for (const path of paths) if (prefixes.some((prefix) => path.startsWith(prefix))) return `${folder}/**`;
  return null;
}
