/** Makes real git and DVC repositories: the demo's sample, and what the tests and benchmarks fetch. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type IsolatedTools, isolatedTools, type Run } from './isolated-tools.ts';

/** Files by path relative to some folder; null removes one. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;
/** Reference lists by path relative to the split directory: the verbatim text, or the lines; null removes one. */
export type Splits = Readonly<Record<string, string | readonly string[] | null>>;

/** Where the objects are pushed to, and under which address the repository's `.dvc/config` names it. */
export interface Remote {
  /** `s3://bucket/prefix`, or the absolute path of a folder. */
  url: string;
  /** S3 servers only: what the repository says, and what `dvc push` itself uses if that differs. */
  endpoint?: string;
  pushEndpoint?: string;
  /** Joins the environment of DVC: the credentials. */
  environment?: Readonly<Record<string, string>>;
}

/** A dataset to be made. Paths are separated by `/`. */
export interface DatasetSpec {
  /** By path in the data directory. */
  files: Files;
  splits: Splits;
  remote: Remote;
  /** `data` and `data-split` unless said otherwise; may be nested, such as `ml/data`. */
  dataDir?: string;
  splitDir?: string;
  /** `main` unless said otherwise. */
  branch?: string;
}

/** What a further commit changes; everything else stays. */
export interface Changes {
  files?: Files;
  splits?: Splits;
  /** By path in the repository, committed as they are and never seen by our own DVC before that. */
  repositoryFiles?: Files;
}

/** A repository that was made. */
export interface SampleDataset {
  /** The `file://` URL of a bare repository that serves every commit by its sha. */
  readonly url: string;
  /** The latest commit: 40 hex digits. */
  readonly sha: string;
  /** The checkout that commits are made in, with the data. */
  readonly workTree: string;
  readonly dataDir: string;
  readonly splitDir: string;
  readonly tools: IsolatedTools;
  /** Adds, pushes and commits; returns the new sha. */
  commit(changes: Changes): Promise<string>;
}

/** Makes the dataset below `folder` (made if need be): `dvc add`, `dvc push`, `git commit`, some four seconds in all. */
export async function makeSampleDataset(folder: string, spec: DatasetSpec): Promise<SampleDataset> {
  const { remote, dataDir = 'data', splitDir = 'data-split', branch = 'main' } = spec;
  const workTree = join(folder, 'work-tree');
  const bare = join(folder, 'repository.git');
  const tools = await isolatedTools(join(folder, 'home'), remote.environment);
  await makeBareRepository(tools.git, bare, branch);
  await tools.git(folder, 'clone', '--quiet', bare, workTree);
  writeFiles(workTree, configFiles(remote));
  let sha = '';
  const commit = async ({ files, splits = {}, repositoryFiles = {} }: Changes) => {
    if (files) {
      writeFiles(join(workTree, dataDir), files);
      await tools.dvc(workTree, 'add', '--', dataDir);
      await tools.dvc(workTree, 'push');
    }
    writeFiles(join(workTree, splitDir), splitFiles(splits));
    writeFiles(workTree, repositoryFiles);
    await tools.git(workTree, 'add', '--all');
    await tools.git(workTree, 'commit', '--quiet', '--allow-empty', '--message', sha ? 'Change' : 'Add the dataset');
    await tools.git(workTree, 'push', '--quiet', 'origin', `HEAD:${branch}`);
    sha = await tools.git(workTree, 'rev-parse', 'HEAD');
    return sha;
  };
  mkdirSync(join(workTree, dataDir), { recursive: true }); // a dataset may have no file at all
  await commit({ files: spec.files, splits: spec.splits });
  return {
    url: pathToFileURL(bare).href,
    get sha() {
      return sha;
    },
    workTree,
    dataDir,
    splitDir,
    tools,
    commit,
  };
}

/** Makes an empty bare repository that, like the big hosting services, serves a commit to whoever knows its sha. */
export async function makeBareRepository(
  git: Run,
  directory: string,
  branch: string,
  objectFormat: 'sha1' | 'sha256' = 'sha1',
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const format = [`--initial-branch=${branch}`, `--object-format=${objectFormat}`];
  await git(directory, 'init', '--quiet', '--bare', ...format);
  await git(directory, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
}

/** What `dvc init` and `dvc remote add` write, which takes them two seconds. */
function configFiles(remote: Remote): Files {
  const section = (name: string, values: Record<string, string | undefined>) =>
    [`[${name}]`, ...Object.entries(values).flatMap(([key, value]) => (value ? [`    ${key} = ${value}`] : []))]
      .join('\n')
      .concat('\n');
  const origin = `'remote "origin"'`;
  const { url, endpoint, pushEndpoint } = remote;
  return {
    '.dvc/config': section('core', { remote: 'origin' }) + section(origin, { url, endpointurl: endpoint }),
    '.dvc/config.local': pushEndpoint ? section(origin, { endpointurl: pushEndpoint }) : '',
    '.dvc/.gitignore': '/config.local\n/tmp\n/cache\n',
    '.dvcignore': '',
  };
}

function splitFiles(splits: Splits): Files {
  const text = (list: Splits[string]) => (typeof list === 'object' && list ? `${list.join('\n')}\n` : (list ?? null));
  return Object.fromEntries(Object.entries(splits).map(([name, list]) => [name, text(list ?? null)]));
}

function writeFiles(directory: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    if (content === null) {
      rmSync(file, { recursive: true });
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true }); // never through a link that was there
    writeFileSync(file, content);
  }
}
