/** The git repository of one run: it names the run's own S3 endpoint, and the splits of the size that was asked for. */
import { execa } from 'execa';
import { isolatedEnvironment, isolatedGit } from '../../../provision/isolated-tools.ts';
import { makeBareRepository } from '../../../provision/sample-dataset.ts';
import { type Dataset, splitOf, type Version } from './dataset.ts';

/** Commits of the repository, 40 hex digits each; all but `changed` are also branches of these names. */
export interface Commits {
  main: string;
  changed: string;
  small: string;
  large: string;
}

/** The lists of the split directory. */
export const splits = { first: 'train/first', second: 'train/second' } as const;

/** What the repository says of its remote. */
export interface RemoteAddress {
  bucket: string;
  endpoint: string;
}

/** Makes the bare repository at `directory`. `size` is the number of files in each split. */
export async function makeRepository(
  directory: string,
  home: string,
  dataset: Dataset,
  size: number,
  remote: RemoteAddress,
): Promise<Commits> {
  const git = isolatedGit(home);
  await makeBareRepository(git, directory, 'main');
  const list = (which: 'first' | 'second') =>
    splitOf(dataset.first, dataset.order, size, which).map((entry) => `${entry.path}\n`);
  const files: Record<string, string> = {
    ...dvcFiles(remote),
    'data.dvc': dataDvc(dataset.first),
    [`data-split/${splits.first}`]: list('first').join(''),
    [`data-split/${splits.second}`]: list('second').join(''),
  };
  const stream = [
    commit('main', 'Add the dataset', files),
    // The file only: everything else stays as in the commit before.
    commit('changed', 'Change one file in a hundred', { 'data.dvc': dataDvc(dataset.changed) }, 'main'),
    commit('small', 'A small sample', { ...files, 'data.dvc': dataDvc(dataset.samples.small) }),
    commit('large', 'A larger sample', { ...files, 'data.dvc': dataDvc(dataset.samples.large) }),
  ].join('');
  const env = isolatedEnvironment(home);
  await execa('git', ['fast-import', '--quiet'], { cwd: directory, env, extendEnv: false, input: stream });
  const sha = (branch: string) => git(directory, 'rev-parse', `refs/heads/${branch}`);
  return {
    main: await sha('main'),
    changed: await sha('changed'),
    small: await sha('small'),
    large: await sha('large'),
  };
}

/** What `dvc init`, `dvc remote add` and `dvc add` write beside `data.dvc`. */
export function dvcFiles(remote: RemoteAddress): Record<string, string> {
  return {
    '.dvc/config': `[core]\n    remote = origin\n['remote "origin"']\n    url = s3://${remote.bucket}\n    endpointurl = ${remote.endpoint}\n`,
    '.dvc/.gitignore': '/config.local\n/tmp\n/cache\n',
    '.dvcignore': '',
    '.gitignore': '/data\n',
  };
}

/** The text of `data.dvc`, byte for byte as `dvc add` writes it. */
export function dataDvc(version: Version): string {
  const bytes = version.entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return `outs:\n- md5: ${version.oid}\n  size: ${bytes}\n  nfiles: ${version.entries.length}\n  hash: md5\n  path: data\n`;
}

/** A commit in the language of `git fast-import`. */
function commit(branch: string, message: string, files: Record<string, string>, parent?: string): string {
  const lines = [
    `commit refs/heads/${branch}`,
    'committer Dataset Keeper <keeper@example.org> 1767225600 +0000',
    ...data(message),
    ...(parent ? [`from refs/heads/${parent}`] : []),
    ...Object.entries(files).flatMap(([path, text]) => [`M 100644 inline ${path}`, ...data(text)]),
  ];
  return `${lines.join('\n')}\n`;
}

function data(text: string): string[] {
  return [`data ${Buffer.byteLength(text)}`, text];
}
