/** A git repository and DVC project of a test's own, with a local folder as its remote, to be filled by real commands. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isolatedGit, type Run } from '../../../provision/isolated-tools.ts';
import { makeBareRepository } from '../../../provision/sample-dataset.ts';
import type { DvcRun, DvcRuns } from './dvc-runs.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What a maker of a repository works with. */
export interface Project {
  /** Holds the checkout, the remote, and whatever else a maker wants. */
  readonly folder: string;
  /** The checkout. */
  readonly tree: string;
  /** The folder that is the default remote. */
  readonly remote: string;
  /** Writes files by their paths in the checkout; DVC is told of none. */
  write(files: Files): void;
  /** Makes a symbolic link in the checkout. */
  link(path: string, target: string): void;
  /** Deletes a file or folder of the checkout. */
  remove(path: string): void;
  /** Runs DVC at the top of the checkout; throws where it fails. */
  dvc(...args: string[]): Promise<string>;
  /** As `dvc`, in a folder of the checkout. */
  dvcIn(folder: string, ...args: string[]): Promise<string>;
  /** As `dvc`, and tells how it ended. */
  attempt(...args: string[]): Promise<DvcRun>;
  git(...args: string[]): Promise<string>;
}

/** A commit that a fetch can be asked for. */
export interface Repository {
  readonly url: string;
  readonly sha: string;
  readonly directory: string;
}

/** Makes a project below `folder`, lets `make` fill it, and commits all that git does not ignore. */
export async function makeRepository(
  folder: string,
  runs: DvcRuns,
  make: (project: Project) => Promise<void>,
): Promise<Repository> {
  const [directory, tree, remote] = ['repository.git', 'tree', 'remote'].map((name) => join(folder, name)) as Three;
  const git = isolatedGit(join(folder, 'home'));
  await makeBareRepository(git, directory, 'main');
  await git(folder, 'clone', '--quiet', directory, tree);
  mkdirSync(remote);
  const project = projectIn({ folder, tree, remote }, runs, git);
  await project.dvc('init');
  await project.dvc('remote', 'add', '--default', 'origin', remote);
  await make(project);
  await git(tree, 'add', '--all');
  await git(tree, 'commit', '--quiet', '--message', 'Everything');
  await git(tree, 'push', '--quiet', 'origin', 'HEAD:main');
  return { url: pathToFileURL(directory).href, sha: await git(tree, 'rev-parse', 'HEAD'), directory };
}

type Three = [string, string, string];

function projectIn(places: Pick<Project, 'folder' | 'tree' | 'remote'>, runs: DvcRuns, git: Run): Project {
  const { tree } = places;
  return {
    ...places,
    write(files) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, path)), { recursive: true });
        rmSync(join(tree, path), { force: true }); // never through a link of DVC's into its cache
        writeFileSync(join(tree, path), content);
      }
    },
    link: (path, target) => symlinkSync(target, join(tree, path)),
    remove: (path) => rmSync(join(tree, path), { recursive: true }),
    dvc: (...args) => runs.dvc(tree, ...args),
    dvcIn: (folder, ...args) => runs.dvc(join(tree, folder), ...args),
    attempt: (...args) => runs.attempt(tree, ...args),
    git: (...args) => git(tree, ...args),
  };
}
