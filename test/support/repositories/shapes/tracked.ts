/** What `dvc add` tracks: folders and files, alone and side by side, and `.dvc` files that people move and edit. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { Shape } from '../shape.ts';

async function sideBySide(project: Project): Promise<void> {
  project.write({
    'data/a.txt': 'a',
    'data/sub/b.txt': 'b',
    'data/sub/deep/c.txt': 'c',
    'ml/images/1.png': 'one',
    'one.csv': 'x,y\n',
    'tables/train.csv': 'train',
    'tables/test.csv': 'test',
    'tables/raw/r.csv': 'raw',
    'tables/README.md': 'This is in git.\n',
    'notes/only-git.txt': 'git',
    'data-split/train': 'a.txt\nsub/b.txt\n',
    'data-split/tables': 'train.csv\nraw/r.csv\n',
    'data-split/wrong': 'a.txt\nnone.txt\n',
  });
  await project.dvc('add', 'data', 'ml/images', 'one.csv', 'tables/train.csv', 'tables/test.csv', 'tables/raw');
  await project.dvc('push');
}

/** `.dvc` files that only an editor makes of those that `dvc add` wrote. */
async function written(project: Project): Promise<void> {
  project.write({ 'named/n': 'n', 'from-above/f': 'f', 'here/h': 'h', 'dotted/d': 'd' });
  project.write({ 'slashed/s': 's', 'described/e': 'e', 'one.txt': '1', 'two/2': '2', 'meta/keep': '' });
  const { dvc } = project;
  await dvc('add', 'named', 'from-above', 'here', 'dotted', 'slashed', 'described', 'one.txt', 'two');
  await dvc('push');
  const read = (name: string) => readDvcFile(project, name);
  const move = (name: string, to: string, text: string) => {
    project.remove(name);
    project.write({ [to]: text });
  };
  move('named.dvc', 'other-name.dvc', read('named.dvc')); // what `dvc add --file` of DVC 2 makes
  move('from-above.dvc', 'meta/from-above.dvc', `wdir: ..\n${read('from-above.dvc')}`);
  project.write({ 'here.dvc': `wdir: .\n${read('here.dvc')}` });
  project.write({ 'dotted.dvc': read('dotted.dvc').replace('path: dotted', 'path: ./dotted') });
  project.write({ 'slashed.dvc': read('slashed.dvc').replace('path: slashed', 'path: slashed/') });
  const more = '  desc: what it is\n  type: images\n  labels: [a, b]\n  meta: {any: thing}\nmeta: {of: the stage}\n';
  project.write({ 'described.dvc': `${read('described.dvc')}${more}` });
  const [one, two] = ['one.txt.dvc', 'two.dvc'].map(read);
  project.remove('one.txt.dvc');
  move('two.dvc', 'both.dvc', `${one}${two?.replace('outs:\n', '')}`);
}

function readDvcFile({ tree }: Project, name: string): string {
  return readFileSync(join(tree, name), 'utf8');
}

const dataFiles = ['data/a.txt', 'data/sub/b.txt', 'data/sub/deep/c.txt'];
const tableFiles = ['tables/raw/r.csv', 'tables/test.csv', 'tables/train.csv'];

export const tracked: readonly Shape[] = [
  { name: 'a folder at the top', make: sideBySide, dataDir: 'data', expectation: { files: dataFiles } },
  {
    name: 'a list of a folder',
    make: sideBySide,
    dataDir: 'data',
    split: 'train',
    expectation: { files: ['data/a.txt', 'data/sub/b.txt'] },
  },
  { name: 'a nested folder', make: sideBySide, dataDir: 'ml/images', expectation: { files: ['ml/images/1.png'] } },
  {
    name: 'the folder around a nested one',
    make: sideBySide,
    dataDir: 'ml',
    expectation: { files: ['ml/images/1.png'] },
  },
  { name: 'a single file at the top', make: sideBySide, dataDir: 'one.csv', expectation: { files: ['one.csv'] } },
  {
    name: 'a single file in a folder',
    make: sideBySide,
    dataDir: 'tables/train.csv',
    expectation: { files: ['tables/train.csv'] },
  },
  {
    name: 'several .dvc files in one folder, beside a file of git',
    make: sideBySide,
    dataDir: 'tables',
    expectation: { files: tableFiles },
  },
  {
    name: 'a list over several .dvc files',
    make: sideBySide,
    dataDir: 'tables',
    split: 'tables',
    expectation: { files: ['tables/raw/r.csv', 'tables/train.csv'] },
  },
  {
    name: 'a path inside a tracked folder',
    make: sideBySide,
    dataDir: 'data/sub',
    expectation: { files: ['data/sub/b.txt', 'data/sub/deep/c.txt'] },
  },
  {
    name: 'a file inside a tracked folder',
    make: sideBySide,
    dataDir: 'data/sub/b.txt',
    expectation: { files: ['data/sub/b.txt'] },
  },
  {
    name: 'a path that the tracked folder around it lacks',
    make: sideBySide,
    dataDir: 'data/none',
    expectation: {
      exitCode: 66,
      sentence: /^data, which DVC tracks \(data\.dvc\), has nothing at none/,
      dvc: 'brings nothing',
    },
  },
  {
    name: 'a folder of which only git has files',
    make: sideBySide,
    dataDir: 'notes',
    expectation: { exitCode: 66, sentence: /nothing that DVC tracks at notes/, dvc: 'fails' },
  },
  {
    name: 'a path that nothing has',
    make: sideBySide,
    dataDir: 'dat',
    expectation: { exitCode: 66, sentence: /nothing that DVC tracks at dat; it tracks data/, dvc: 'fails' },
  },
  {
    name: 'a list with a line that the folder lacks',
    make: sideBySide,
    dataDir: 'data',
    split: 'wrong',
    expectation: { exitCode: 65, sentence: /none\.txt/, dvc: 'brings files' },
  },
  {
    name: 'a folder whose .dvc file has another name',
    make: written,
    dataDir: 'named',
    expectation: { files: ['named/n'] },
  },
  {
    name: 'a folder beside the folder of its .dvc file (wdir: ..)',
    make: written,
    dataDir: 'from-above',
    expectation: { files: ['from-above/f'] },
  },
  { name: 'wdir: .', make: written, dataDir: 'here', expectation: { files: ['here/h'] } },
  { name: 'path: ./dotted', make: written, dataDir: 'dotted', expectation: { files: ['dotted/d'] } },
  { name: 'path: slashed/', make: written, dataDir: 'slashed', expectation: { files: ['slashed/s'] } },
  {
    name: 'annotations in the .dvc file',
    make: written,
    dataDir: 'described',
    expectation: { files: ['described/e'] },
  },
  {
    name: 'the file of a .dvc file of several outputs',
    make: written,
    dataDir: 'one.txt',
    expectation: { files: ['one.txt'] },
  },
  {
    name: 'the folder of a .dvc file of several outputs',
    make: written,
    dataDir: 'two',
    expectation: { files: ['two/2'] },
  },
];
