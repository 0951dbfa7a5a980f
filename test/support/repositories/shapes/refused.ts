/** What DVC refuses, and what it would fetch from places that no pod reaches: mostly written by hand, as no command makes it. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { Shape } from '../shape.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const dvcFile = (path: string, text: string) =>
  `outs:\n- md5: ${md5(text)}\n  size: ${text.length}\n  hash: md5\n  path: ${path}\n`;

/** A project with the tracked folder `data`, and with these files beside it. */
function beside(files: Record<string, string>): (project: Project) => Promise<void> {
  return async (project) => {
    project.write({ 'data/a': 'a', 'data/sub/b': 'b' });
    await project.dvc('add', 'data');
    await project.dvc('push');
    project.write(files);
  };
}

async function importedFromARepository(project: Project): Promise<void> {
  const source = join(project.folder, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'given.txt'), 'given');
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'Give'],
  ]) {
    await project.git('-C', source, ...args);
  }
  await project.dvc('import', source, 'given.txt');
}

const cloud = `outs:
- path: versioned
  hash: md5
  files:
  - relpath: x
    md5: ${md5('x')}
    size: 1
    cloud: {origin: {etag: ${md5('x')}, version_id: 3HL4kqtJlcpXroDTDmJ}}
`;

/** A maker for each, as each breaks the whole project for DVC. */
export const refused: readonly Shape[] = [
  {
    name: 'an output in another output',
    make: beside({ 'data-b.dvc': dvcFile('data/sub/b', 'b') }),
    dataDir: 'data',
    expectation: { exitCode: 65, sentence: /both track data\/sub\/b, which lies in data/, dvc: 'fails' },
  },
  {
    name: 'an output twice',
    make: beside({ 'again.dvc': dvcFile('data', 'x') }),
    dataDir: 'data',
    expectation: { exitCode: 65, sentence: /both track the same path/, dvc: 'fails' },
  },
  {
    name: 'a path through the file of another output',
    make: beside({ 'one.dvc': dvcFile('one', '1'), 'two.dvc': dvcFile('one/two', '2') }),
    dataDir: 'one',
    expectation: { exitCode: 65, sentence: /one\/two, which lies in one/, dvc: 'fails' },
  },
  {
    name: 'an output outside of the repository',
    make: beside({ 'outside.dvc': dvcFile('../outside', 'o') }),
    dataDir: 'outside',
    expectation: { exitCode: 66, sentence: /nothing that DVC tracks at outside/, dvc: 'fails' },
  },
  {
    name: 'an output at an absolute path',
    make: beside({ 'absolute.dvc': dvcFile('/absolute/path', 'o') }),
    dataDir: 'absolute',
    expectation: { exitCode: 66, sentence: /nothing that DVC tracks at absolute/, dvc: 'fails' },
  },
  {
    name: 'an output in a bucket',
    make: beside({ 'bucket.dvc': dvcFile('s3://bucket/key', 'o') }),
    dataDir: 'bucket',
    expectation: { exitCode: 66, sentence: /nothing that DVC tracks at bucket/, dvc: 'fails' },
  },
  {
    name: 'a cloud-versioned output',
    make: beside({ 'versioned.dvc': cloud }),
    dataDir: 'versioned',
    expectation: { exitCode: 65, sentence: /cloud-versioned remote/, dvc: 'fails' },
  },
  {
    name: 'an import from another repository',
    make: importedFromARepository,
    dataDir: 'given.txt',
    expectation: {
      exitCode: 65,
      sentence: /^given\.txt \(given\.txt\.dvc of the commit\) is imported/,
      dvc: 'brings files',
    },
  },
  {
    name: 'metadata that is no YAML',
    make: beside({ 'torn.dvc': 'outs:\n- md5: [\n' }),
    dataDir: 'torn',
    expectation: { exitCode: 65, sentence: /torn\.dvc/, dvc: 'fails' },
  },
  {
    name: 'an output without a hash',
    make: beside({ 'hashless.dvc': 'outs:\n- path: hashless\n' }),
    dataDir: 'hashless',
    expectation: { exitCode: 65, sentence: /hashless.*has no md5/, dvc: 'fails' },
  },
];
