/** The Python of docs/splits.md does what the page says: the lists that it writes are lists, and training code reads them. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { execa } from 'execa';
import { resolveSplit } from '../../src/dataset/split-list.ts';
import { readPage } from '../support/docs/pages.ts';

const snippets = [...readPage('docs/splits.md').matchAll(/```python\n(.+?)```/gs)].map(([, code = '']) => code);
const files = [...'abcdefghijklmnopqrst'].flatMap((name) => [`cats/${name}.jpg`, `dogs/x/${name}.jpg`]);

const repository = mkdtempSync(join(tmpdir(), 'dvc-injector-splits-'));
after(() => rmSync(repository, { recursive: true }));
for (const file of files) {
  const path = join(repository, 'data', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
}

/** Runs the page's only snippet that has these words. */
async function runSnippet(words: string, environment: Record<string, string> = {}, further = ''): Promise<string> {
  const found = snippets.filter((code) => code.includes(words));
  assert.equal(found.length, 1, words);
  const { stdout } = await execa('python3', ['-c', `${found[0]}${further}`], { cwd: repository, env: environment });
  return stdout;
}

function listed(name: string): string[] {
  const { paths, offences } = resolveSplit(readFileSync(join(repository, 'data-split', name)), 'data', new Set(files));
  assert.deepEqual(offences, []);
  return paths;
}

test('a list from a folder layout has a tenth of each class', async () => {
  await runSnippet('random.sample');
  const classes = listed('tenth').map((path) => path.split('/')[0]);
  assert.deepEqual(classes, ['cats', 'cats', 'dogs', 'dogs']);
});

test('lists from a CSV have the rows of each split', async () => {
  const rows = 'path,split\r\ncats/a.jpg,train\r\ndata/dogs/x/b.jpg,val\r\n"cats/c.jpg",train\r\n';
  writeFileSync(join(repository, 'labels.csv'), `\uFEFF${rows}`);
  await runSnippet('csv.DictReader');
  assert.deepEqual([listed('train'), listed('val')], [['cats/a.jpg', 'cats/c.jpg'], ['dogs/x/b.jpg']]);
});

test('a list from a query has what it selects', async () => {
  const make = [
    'import sqlite3',
    'db = sqlite3.connect("labels.db")',
    'db.execute("CREATE TABLE images (path, sharpness)")',
    'db.executemany("INSERT INTO images VALUES (?, ?)", [("dogs/x/a.jpg", 0.9), ("cats/b.jpg", 0.6), ("cats/c.jpg", 0.1)])',
    'db.commit()',
  ].join('\n');
  await execa('python3', ['-c', make], { cwd: repository });
  await runSnippet('sqlite3.connect');
  assert.deepEqual(listed('sharp'), ['cats/b.jpg', 'dogs/x/a.jpg']);
});

test('training code finds the files of a folder, and a single file', async () => {
  const splitFile = join(repository, 'split.txt');
  const read = (path: string, lines: string) => {
    writeFileSync(splitFile, lines);
    const environment = { DVC_DATASET_PATH: join(repository, path), DVC_DATASET_SPLIT_FILE: splitFile };
    return runSnippet('DVC_DATASET_SPLIT_FILE', environment, '\nprint(*files, sep="\\n")');
  };
  assert.equal(
    await read('data', 'cats/a.jpg\ncats/b.jpg\n'),
    [join(repository, 'data/cats/a.jpg'), join(repository, 'data/cats/b.jpg')].join('\n'),
  );
  assert.equal(await read('data/cats/a.jpg', 'a.jpg\n'), join(repository, 'data/cats/a.jpg'));
});

test('every snippet is Python, and those that need more than Python itself are two', async () => {
  for (const code of snippets)
    await execa('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: code });
  assert.equal(snippets.filter((code) => /sklearn|datachain/.test(code)).length, 2);
  assert.equal(snippets.length, 6);
  assert.ok(readdirSync(join(repository, 'data')).length === 2);
});
