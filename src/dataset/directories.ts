/** Validates the two directories that make a dataset: neither may hide DVC's metadata, nor the files that we publish beside them. */
import { InvalidReference } from './invalid-reference.ts';
import { provenanceFile, splitFile } from './provenance.ts';
import { longestPath, relativePathProblem } from './relative-path.ts';

/** Paths inside the repository, without a slash at the end. They may be the same, or lie in one another. */
export interface Directories {
  /** The dataset is what DVC tracks at, below or around it; `.` is the whole repository. */
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
  const dataDir = isRoot(written.dataDir) ? '.' : oneDirectory('data directory', written.dataDir);
  const splitDir = oneDirectory('split directory', written.splitDir);
  if (splitDir === `${dataDir}.dvc` || splitDir.startsWith(`${dataDir}.dvc/`) || dataDir === `${splitDir}.dvc`) {
    throw new InvalidReference(
      'directory',
      `the data directory "${dataDir}" and the split directory "${splitDir}" must not have the name of the metadata file; name others, such as data and data-split`,
    );
  }
  return { dataDir, splitDir };
}

/** The repository's root, which is no folder of it. */
function isRoot(written: string): boolean {
  return ['.', './'].includes(written.trim());
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
  if (['.git', '.dvc', provenanceFile, splitFile].includes(first.toLowerCase())) {
    throw new InvalidReference(
      'directory',
      `the ${what} must not be in ${first}, which is git's, DVC's or ours; write its path inside the repository, such as data or ml/data`,
    );
  }
  return path;
}
