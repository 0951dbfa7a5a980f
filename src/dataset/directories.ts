/** Validates the two directories that make a dataset: neither may hide the other, nor the files that we publish beside them. */
import { InvalidReference } from './invalid-reference.ts';
import { provenanceFile } from './provenance.ts';
import { longestPath, relativePathProblem } from './relative-path.ts';

/** Paths inside the repository, without a slash at the end. */
export interface Directories {
  /** The folder that DVC tracks: its metadata is `<dataDir>.dvc`. */
  dataDir: string;
  /** The folder of lists that name subsets. */
  splitDir: string;
}

export const defaultDirectories: Directories = { dataDir: 'data', splitDir: 'data-split' };

/**
 * Checks the directories and drops a slash at their end.
 * @throws {InvalidReference} with problem `directory`
 */
export function parseDirectories(written: Directories): Directories {
  const dataDir = oneDirectory('data directory', written.dataDir);
  const splitDir = oneDirectory('split directory', written.splitDir);
  const refuse = (why: string): never => {
    throw new InvalidReference(
      'directory',
      `the data directory "${dataDir}" and the split directory "${splitDir}" ${why}; give each a folder of its own, such as data and data-split`,
    );
  };
  if (dataDir === splitDir || dataDir.startsWith(`${splitDir}/`) || splitDir.startsWith(`${dataDir}/`)) {
    refuse('must not be the same or lie in one another');
  }
  if (splitDir === `${dataDir}.dvc` || splitDir.startsWith(`${dataDir}.dvc/`) || dataDir === `${splitDir}.dvc`) {
    refuse('must not have the name of the metadata file');
  }
  return { dataDir, splitDir };
}

function oneDirectory(what: string, written: string): string {
  const trimmed = written.trim();
  // Only on a bounded text, as the expression takes hours on a million slashes: the API server bounds annotations after the webhooks.
  const path = trimmed.length > longestPath ? trimmed : trimmed.replace(/\/+$/, '');
  const problem = relativePathProblem(path);
  if (problem) {
    throw new InvalidReference(
      'directory',
      `the ${what} ${problem}; write its path inside the repository, such as data or ml/data`,
    );
  }
  const first = path.split('/')[0] ?? '';
  if (['.git', '.dvc', provenanceFile].includes(first.toLowerCase())) {
    throw new InvalidReference(
      'directory',
      `the ${what} must not be in ${first}, which is git's, DVC's or ours; write its path inside the repository, such as data or ml/data`,
    );
  }
  return path;
}
