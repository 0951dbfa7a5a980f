/** The fetcher's rooms and their direction, held as data: a file imports from its own room and from those listed before it. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { circleOf, importsBelow } from '../../support/imports.ts';

const fetch = join(import.meta.dirname, '..', '..', '..', 'src', 'fetch');

/** Lowest first. The story at the root of src/fetch stands above them all. */
const rooms = [
  'failure',
  'files',
  'dvc-format',
  'remote',
  'objects',
  'report',
  's3',
  'volume',
  'scratch',
  'process',
  'git',
  'dvc',
  'tree',
  'reuse',
  'transfer',
];
const story = 'the story at the root';

/** The files of the story: who reads them from command.ts down knows what a fetch does. */
const mostFilesAtTheRoot = 15;

function roomOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : story;
}

test('every folder of src/fetch is a room of the list', () => {
  const folders = readdirSync(fetch, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  assert.deepEqual(folders.sort(), [...rooms].sort());
});

test('a room imports only from the rooms below it', () => {
  const height = (room: string) => [...rooms, story].indexOf(room);
  const upward = importsBelow(fetch)
    .filter(({ to }) => !to.startsWith('..'))
    .filter(({ from, to }) => height(roomOf(to)) > height(roomOf(from)))
    .map(({ from, to }) => `${from} imports ${to}`);
  assert.deepEqual(upward, []);
});

test('no file imports itself by way of others', () => {
  assert.equal(circleOf(importsBelow(fetch)), null);
});

test('the story stays short enough to be read', () => {
  const files = readdirSync(fetch).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length <= mostFilesAtTheRoot, `${files.length} files`);
});

test('a circle and its way are found', () => {
  const circle = [
    { from: 'a.ts', to: 'b.ts' },
    { from: 'b.ts', to: 'c.ts' },
    { from: 'c.ts', to: 'b.ts' },
  ];
  assert.deepEqual(circleOf(circle), ['b.ts', 'c.ts', 'b.ts']);
  assert.equal(circleOf(circle.slice(0, 2)), null);
});
