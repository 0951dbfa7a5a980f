/** What the real DVC makes of a path of a commit: the files that `dvc pull` puts into a fresh clone, or its refusal. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isolatedGit } from '../../../provision/isolated-tools.ts';
import type { DvcRuns } from './dvc-runs.ts';
import type { Repository } from './project.ts';

/** What DVC did. `files` holds every file at or below the path that git does not track, by its path in the repository. */
export interface Pulled {
  exitCode: number;
  output: string;
  files: Record<string, Buffer>;
}

/** An output as the project records it. */
export interface Output {
  /** In the repository. */
  path: string;
  /** False for `cache: false`, whose bytes are git's. */
  cached: boolean;
}

/**
 * Pulls, in a clone below `folder`, what DVC tracks at, below or around `path`: each output by its own path, as `dvc pull`
 * of a folder that is no output itself does nothing; or the path alone, where it lies in an output or nothing is tracked.
 */
export async function pullPath(folder: string, runs: DvcRuns, repository: Repository, path: string): Promise<Pulled> {
  const clone = join(folder, 'clone');
  const git = isolatedGit(join(folder, 'home'));
  rmSync(clone, { recursive: true, force: true });
  await git(folder, 'clone', '--quiet', repository.directory, clone);
  await git(clone, 'checkout', '--quiet', repository.sha);
  const project = projectAround(clone, path);
  const listed = await runs.attempt(join(clone, project), 'outputs');
  if (listed.exitCode !== 0) return { ...listed, files: {} };
  const outputs = (JSON.parse(listed.output) as Output[]).filter(({ cached }) => cached);
  const within = outputs.filter((output) => isWithin(output.path, path)).map((output) => output.path);
  const targets = (within.length > 0 ? within : [path]).map((target) => relative(project, target) || '.');
  const { exitCode, output } = await runs.attempt(join(clone, project), 'pull', '--', ...targets);
  const others = await git(clone, 'ls-files', '-z', '--others', '--', `:(literal)${path}`);
  const files = others.split('\0').filter((name) => name !== '' && !/(^|\/)\.dvc\//.test(name));
  return { exitCode, output, files: Object.fromEntries(files.map((name) => [name, readFileSync(join(clone, name))])) };
}

/** The folder of the nearest project above the path, in the repository. */
function projectAround(clone: string, path: string): string {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    if (existsSync(join(clone, folder, '.dvc'))) return folder;
  }
  return '.';
}

/** True for the path itself and what is below it; `.` has everything below it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}
