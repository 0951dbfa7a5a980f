/** Names and contents that naive programs break on, of outputs and inside of them. */
import { contentOf } from '../../dataset/random.ts';
import type { Project } from '../project.ts';
import type { Shape } from '../shape.ts';

/** Each below `odd/`, as a file that is tracked by itself, and again below the tracked folder `inside`. */
const names = [
  'with space.csv',
  'caf\u00e9.csv',
  'cafe\u0301.csv',
  '#hash',
  'per%41cent',
  "it's",
  'say "hi"',
  '-dash',
  '[x]*?.csv',
  'a:b',
  'n'.repeat(200),
  '\u{1f600}.csv',
];

async function oddNames(project: Project): Promise<void> {
  for (const name of names) project.write({ [`odd/${name}`]: `odd ${name}`, [`inside/${name}`]: `inside ${name}` });
  await project.dvc('add', '--', 'inside', ...names.map((name) => `odd/${name}`));
  await project.dvc('push');
}

async function contents(project: Project): Promise<void> {
  project.write({
    'empty.txt': '',
    'many/empty': '',
    'large.bin': contentOf(1, 1, 3 * 2 ** 20, 1),
    'crlf.txt': 'a\r\nb\r\n',
  });
  for (let number = 0; number < 50; number += 1) project.write({ [`many/${number}/same`]: 'the same' });
  project.write({ 'again/same': 'the same', 'again.txt': 'the same', 'deep/er/than/most/data/x': 'x' });
  await project.dvc(
    'add',
    'empty.txt',
    'many',
    'large.bin',
    'crlf.txt',
    'again',
    'again.txt',
    'deep/er/than/most/data',
  );
  await project.dvc('push');
}

const many = ['many/empty', ...Array.from({ length: 50 }, (_, number) => `many/${number}/same`)];
const everything = [
  'empty.txt',
  ...many,
  'large.bin',
  'crlf.txt',
  'again/same',
  'again.txt',
  'deep/er/than/most/data/x',
];

export const named: readonly Shape[] = [
  {
    name: 'files of odd names, each tracked',
    make: oddNames,
    dataDir: 'odd',
    expectation: { files: names.map((name) => `odd/${name}`) },
  },
  {
    name: 'a folder of odd names',
    make: oddNames,
    dataDir: 'inside',
    expectation: { files: names.map((name) => `inside/${name}`) },
  },
  {
    name: 'a name with a space',
    make: oddNames,
    dataDir: 'odd/with space.csv',
    expectation: { files: ['odd/with space.csv'] },
  },
  {
    name: 'a name in NFC',
    make: oddNames,
    dataDir: 'odd/caf\u00e9.csv',
    expectation: { files: ['odd/caf\u00e9.csv'] },
  },
  {
    name: 'a name in NFD',
    make: oddNames,
    dataDir: 'odd/cafe\u0301.csv',
    expectation: { files: ['odd/cafe\u0301.csv'] },
  },
  {
    name: 'a path that no annotation may have',
    make: oddNames,
    dataDir: 'odd/#hash',
    expectation: { exitCode: 64, sentence: /data directory has a character other than/, dvc: 'brings files' },
  },
  {
    name: 'the whole project',
    make: contents,
    dataDir: '.',
    expectation: { files: everything },
  },
  { name: 'an empty file', make: contents, dataDir: 'empty.txt', expectation: { files: ['empty.txt'] } },
  { name: 'one file many times', make: contents, dataDir: 'many', expectation: { files: many } },
  { name: 'the same file in a folder', make: contents, dataDir: 'again', expectation: { files: ['again/same'] } },
  { name: '3 MiB', make: contents, dataDir: 'large.bin', expectation: { files: ['large.bin'] } },
  { name: 'lines of Windows', make: contents, dataDir: 'crlf.txt', expectation: { files: ['crlf.txt'] } },
  { name: 'a folder deep down', make: contents, dataDir: 'deep', expectation: { files: ['deep/er/than/most/data/x'] } },
];
