/** Where a project lies, which remote its files come from, and what else the repository holds. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { Shape } from '../shape.ts';

const notOurs = 'a'.repeat(40);

async function subdirectory(project: Project): Promise<void> {
  project.write({ 'team/data/t': 't', 'team/keep': '', 'data/top': 'top' });
  await project.dvcIn('team', 'init', '--subdir');
  await project.dvcIn('team', 'remote', 'add', '--default', 'own', join(project.folder, 'team-remote'));
  await project.dvcIn('team', 'add', 'data');
  await project.dvcIn('team', 'push');
  await project.dvc('add', 'data');
  await project.dvc('push');
}

async function surroundings(project: Project): Promise<void> {
  project.write({ 'data/a': 'a', 'ignored/i': 'i', 'plain/p.txt': 'p', 'plain/git.txt': 'git' });
  await project.dvc('add', 'data', 'ignored', 'plain/p.txt');
  await project.dvc('push');
  project.write({ '.dvcignore': 'ignored.dvc\n' });
  await project.git('update-index', '--add', '--cacheinfo', `160000,${notOurs},vendor`);
}

async function linked(project: Project): Promise<void> {
  project.write({ 'data/a': 'a', 'linked/l': 'l', 'plain/p.txt': 'p' });
  await project.dvc('add', 'data', 'linked', 'plain/p.txt');
  await project.dvc('push');
  project.write({ 'meta/linked.dvc': readFileSync(join(project.tree, 'linked.dvc')) });
  project.remove('linked.dvc');
  project.link('linked.dvc', 'meta/linked.dvc');
  project.write({ '.dvcignore': 'meta\n' });
}

async function broken(project: Project): Promise<void> {
  project.write({ 'data/a': 'a' });
  await project.dvc('add', 'data');
  await project.dvc('push');
  project.write({ 'other/broken.dvc': 'outs: [\n' });
}

/** Data that was pushed; then `.dvc/config` is what `config` says. */
function configured(config: (folder: string) => string): (project: Project) => Promise<void> {
  return async (project) => {
    project.write({ 'data/a': 'a', 'own/o': 'o' });
    await project.dvc('remote', 'add', 'second', join(project.folder, 'second'));
    await project.dvc('add', 'data', 'own');
    await project.dvc('push', 'data');
    await project.dvc('push', '--remote', 'second', 'own');
    const metadata = readFileSync(join(project.tree, 'own.dvc'), 'utf8');
    project.write({ 'own.dvc': `${metadata}  remote: second\n`, '.dvc/config': config(project.folder) });
  };
}

const remote = (name: string, url: string) => `['remote "${name}"']\n    url = ${url}\n`;
const withTwo = configured(
  (folder) =>
    `[core]\n    remote = origin\n${remote('origin', join(folder, 'remote'))}${remote('second', join(folder, 'second'))}`,
);
const withoutDefault = configured(
  (folder) => remote('origin', join(folder, 'remote')) + remote('second', join(folder, 'second')),
);
const withoutAny = configured(() => '');
const withAnUnknownOne = configured(() => '[core]\n    remote = absent\n');

async function onlyLocal(project: Project): Promise<void> {
  await configured(() => '')(project);
  project.write({ '.dvc/config.local': `[core]\n    remote = origin\n${remote('origin', project.remote)}` });
}

async function neverPushed(project: Project): Promise<void> {
  project.write({ 'data/a': 'a', 'one.txt': '1' });
  await project.dvc('add', 'data', 'one.txt');
}

async function imports(project: Project): Promise<void> {
  const source = join(project.folder, 'source');
  mkdirSync(join(source, 'folder'), { recursive: true });
  writeFileSync(join(source, 'folder', 'f'), 'f');
  writeFileSync(join(source, 'file.txt'), 'file');
  await project.dvc('import-url', join(source, 'folder'), 'brought');
  await project.dvc('import-url', join(source, 'file.txt'), 'brought.txt');
  await project.dvc('import-url', '--to-remote', join(source, 'file.txt'), 'straight.txt');
  await project.dvc('push');
}

export const projects: readonly Shape[] = [
  { name: 'a project in a folder', make: subdirectory, dataDir: 'team/data', expectation: { files: ['team/data/t'] } },
  { name: 'the project around another', make: subdirectory, dataDir: 'data', expectation: { files: ['data/top'] } },
  {
    name: 'a file of git beside a tracked one',
    make: surroundings,
    dataDir: 'plain',
    expectation: { files: ['plain/p.txt'] },
  },
  { name: 'a submodule that nobody has', make: surroundings, dataDir: 'data', expectation: { files: ['data/a'] } },
  {
    name: 'a .dvc file that .dvcignore names',
    make: surroundings,
    dataDir: 'ignored',
    expectation: { exitCode: 66, sentence: /ignored/, dvc: 'fails' },
  },
  {
    name: 'a .dvc file that is a link, which we never follow',
    make: linked,
    dataDir: 'linked',
    expectation: { exitCode: 65, sentence: /^linked\.dvc of the commit is a symlink/, dvc: 'brings files' },
  },
  { name: 'a .dvc file beside one that is a link', make: linked, dataDir: 'data', expectation: { files: ['data/a'] } },
  {
    name: 'a folder of .dvc files, which a link elsewhere may lead into',
    make: linked,
    dataDir: 'plain',
    expectation: { exitCode: 65, sentence: /^linked\.dvc of the commit is a symlink/, dvc: 'brings files' },
  },
  {
    name: 'a broken .dvc file elsewhere',
    make: broken,
    dataDir: 'other',
    expectation: { exitCode: 65, sentence: /other\/broken\.dvc/, dvc: 'fails' },
  },
  {
    name: "two remotes, of which one is the output's own",
    make: withTwo,
    dataDir: 'own',
    expectation: { files: ['own/o'] },
  },
  {
    name: 'two remotes, of which one is the default',
    make: withTwo,
    dataDir: 'data',
    expectation: { files: ['data/a'] },
  },
  {
    name: 'a remote that is not the default',
    make: withoutDefault,
    dataDir: 'data',
    expectation: { exitCode: 65, sentence: /names no default DVC remote/, dvc: 'fails' },
  },
  {
    name: "an output's own remote where there is no default",
    make: withoutDefault,
    dataDir: 'own',
    expectation: { files: ['own/o'] },
  },
  {
    name: 'no remote',
    make: withoutAny,
    dataDir: 'data',
    expectation: { exitCode: 65, sentence: /names no default DVC remote/, dvc: 'fails' },
  },
  {
    name: 'a remote in config.local alone',
    make: onlyLocal,
    dataDir: 'data',
    expectation: { exitCode: 65, sentence: /names no default DVC remote/, dvc: 'fails' },
  },
  {
    name: 'a default remote that is not described',
    make: withAnUnknownOne,
    dataDir: 'data',
    expectation: { exitCode: 65, sentence: /absent/, dvc: 'fails' },
  },
  {
    name: 'a folder that was never pushed',
    make: neverPushed,
    dataDir: 'data',
    expectation: { exitCode: 66, sentence: /dvc push/, dvc: 'fails' },
  },
  {
    name: 'a file that was never pushed',
    make: neverPushed,
    dataDir: 'one.txt',
    expectation: { exitCode: 66, sentence: /dvc push/, dvc: 'fails' },
  },
  {
    name: 'a folder that import-url brought',
    make: imports,
    dataDir: 'brought',
    expectation: { files: ['brought/f'] },
  },
  {
    name: 'a file that import-url brought',
    make: imports,
    dataDir: 'brought.txt',
    expectation: { files: ['brought.txt'] },
  },
  {
    name: 'a file that import-url sent to the remote',
    make: imports,
    dataDir: 'straight.txt',
    expectation: { files: ['straight.txt'] },
  },
];
