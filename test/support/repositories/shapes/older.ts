/** What DVC before version 3 made: other names of objects, other names of files, and what only they could write. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Project } from '../project.ts';
import type { Shape } from '../shape.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

async function ofDvc2(project: Project): Promise<void> {
  project.write({ 'data/a.txt': 'one\r\ntwo\r\n', 'data/b.bin': Buffer.from([0, 13, 10]), 'data/sub/c.txt': 'c\n' });
  project.write({ 'tables/t.csv': 'a,b\r\n', 'named/n': 'n', 'meta/keep': '' });
  await project.dvc('add', 'data', 'tables/t.csv');
  await project.dvc('add', 'named', '--file', 'other.dvc');
  await project.dvc('stage', 'add', '--name', 's', '--outs', 'made', 'mkdir -p made && echo m > made/m');
  await project.dvc('repro', 's');
  await project.dvc('push');
}

/** A folder of DVC 2 beside one of DVC 3: what teams have that updated. */
async function both(project: Project): Promise<void> {
  project.write({ 'all/new/n.txt': 'new\r\n' });
  await project.dvc('add', 'all/new');
  await project.dvc('push');
  putOld(project, 'old\n');
  project.write({
    'all/old.txt.dvc': `outs:\n- md5: ${md5('old\n')}\n  size: 5\n  path: old.txt\n`,
    'all/.gitignore': '/new\n/old.txt\n',
  });
}

/** An object at the place that DVC 2 gave it. */
function putOld({ remote }: Project, text: string): void {
  const file = join(remote, md5(text).slice(0, 2), md5(text).slice(2));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A stage of its own file, as `dvc run` of DVC 0 and 1 wrote it; the first of a folder was named Dvcfile. */
async function singleStages(project: Project): Promise<void> {
  putOld(project, 'stage\n');
  putOld(project, 'first\n');
  const stage = (path: string, text: string, deps: string) =>
    `md5: ${md5(path)}\ncmd: echo > ${path}\nwdir: .\n${deps}outs:\n- md5: ${md5(text)}\n  path: ${path}\n  cache: true\n  persist: false\n`;
  project.write({
    'stage.txt.dvc': stage('stage.txt', 'stage\n', `deps:\n- md5: ${md5('x')}\n  path: x\n`),
    'sub/Dvcfile': stage('first.txt', 'first\n', ''),
    '.gitignore': '/stage.txt\n',
    'sub/.gitignore': '/first.txt\n',
  });
}

const dataFiles = ['data/a.txt', 'data/b.bin', 'data/sub/c.txt'];

export const older: readonly Shape[] = [
  { name: "DVC 2's folder", version: 2, make: ofDvc2, dataDir: 'data', expectation: { files: dataFiles } },
  {
    name: "a path inside DVC 2's folder",
    version: 2,
    make: ofDvc2,
    dataDir: 'data/sub',
    expectation: { files: ['data/sub/c.txt'] },
  },
  {
    name: "DVC 2's file with lines of Windows",
    version: 2,
    make: ofDvc2,
    dataDir: 'tables/t.csv',
    expectation: { files: ['tables/t.csv'] },
  },
  { name: 'dvc add --file', version: 2, make: ofDvc2, dataDir: 'named', expectation: { files: ['named/n'] } },
  { name: "DVC 2's pipeline", version: 2, make: ofDvc2, dataDir: 'made', expectation: { files: ['made/m'] } },
  {
    name: 'objects of DVC 2 and of DVC 3 in one folder',
    make: both,
    dataDir: 'all',
    expectation: { files: ['all/new/n.txt', 'all/old.txt'] },
  },
  {
    name: 'a stage in a .dvc file',
    pulledBy: 2,
    make: singleStages,
    dataDir: 'stage.txt',
    expectation: { files: ['stage.txt'] },
  },
  {
    name: 'a Dvcfile',
    pulledBy: 2,
    make: singleStages,
    dataDir: 'sub/first.txt',
    expectation: { files: ['sub/first.txt'] },
  },
];
