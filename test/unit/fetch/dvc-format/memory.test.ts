/** What is accepted of a `.dir` object fits into the heap with all that a fetch makes of it, and what is refused is told by its number. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';

const src = (path: string) => pathToFileURL(join(import.meta.dirname, '../../../../src', path)).href;

/** Reads ever longer lists, in a process with a heap of 96 MiB, until one is refused; prints the count before and the sentence. */
const program = (path: string, folders: number) => `
import { datasetRoom, parseDirObject, foldersOf } from ${JSON.stringify(src('fetch/dvc-format/dir-object.ts'))};
import { datasetFiles } from ${JSON.stringify(src('fetch/dvc-format/dataset-files.ts'))};
import { selectSubset } from ${JSON.stringify(src('fetch/dvc-format/subset.ts'))};
import { distinctObjects } from ${JSON.stringify(src('fetch/reuse/distinct-objects.ts'))};
import { interleaveFolders } from ${JSON.stringify(src('fetch/tree/interleave.ts'))};
import { byDepth } from ${JSON.stringify(src('fetch/tree/depth.ts'))};
const path = ${path};
const list = (from, to) => {
  const parts = [];
  for (let i = from; i < to; i += 1) {
    const entry = JSON.stringify({ md5: i.toString(16).padStart(32, '0'), relpath: path(i) });
    parts.push(Buffer.from((i > from ? ', ' : '[') + entry));
  }
  return Buffer.concat([...parts, Buffer.from(']')]);
};
/** Of one folder at the path, or of several below it. */
const datasetOf = (count) => {
  const room = datasetRoom();
  const listed = Array.from({ length: ${folders} }, (_, index) => {
    const bytes = list(Math.floor((count * index) / ${folders}), Math.floor((count * (index + 1)) / ${folders}));
    const output = { path: ${folders} === 1 ? 'data' : 'data/' + index, source: 'x.dvc', oid: '0.dir' };
    return { output, list: { oid: '', bytes, entries: parseDirObject(bytes, room) } };
  });
  return datasetFiles(listed, 'data').whole;
};
const held = (count) => {
  const dataset = datasetOf(count);
  const first = dataset.entries[0].relpath;
  const { entries } = selectSubset(dataset, { kind: 'list', path: 'l', list: Buffer.from(first) }, 'data');
  const files = distinctObjects(dataset.entries);
  const present = new Map([...files.keys()].map((oid) => [oid, 1n]));
  const sound = new Set(present.keys());
  const order = interleaveFolders([...files.values()]);
  const groups = Map.groupBy(order, ({ md5 }) => md5);
  const sizes = new Map([...groups.keys()].map((oid) => [oid, 1]));
  const levels = byDepth(foldersOf(dataset.entries, 'data'));
  return [entries, present, sound, order, groups, sizes, levels].length;
};
let count = Number(process.argv[1]);
try {
  for (;;) {
    held(Math.floor(count * 1.1));
    count = Math.floor(count * 1.1);
  }
} catch (error) {
  console.log(JSON.stringify({ count, exit: error.exit, sentence: error.message }));
}`;

async function most(
  path: string,
  from: number,
  folders = 1,
): Promise<{ count: number; exit: string; sentence: string }> {
  const flags = ['--max-old-space-size=96', '--max-semi-space-size=4', '--input-type=module', '--eval'];
  const { stdout } = await execa(process.execPath, [...flags, program(path, folders), String(from)]);
  return JSON.parse(stdout) as { count: number; exit: string; sentence: string };
}

test('many files: as many as fit, and then the number and what to do', async () => {
  const { count, exit, sentence } = await most('(i) => ["folder-", i % 1000, "/file-", i, ".jpg"].join("")', 20_000);
  assert.ok(count > 80_000, `${count}`);
  assert.equal(exit, 'dataset');
  assert.match(sentence, /the first \d+ files.* fill the 33 MiB that a heap of 108 MiB leaves .*dvc\.io\/memory$/);
});

test('many files of several folders: together as many as fit, and then their number', async () => {
  const path = '(i) => ["folder-", i % 1000, "/file-", i, ".jpg"].join("")';
  const { count, exit, sentence } = await most(path, 60_000, 3);
  assert.ok(count > 80_000, `${count}`);
  assert.equal(exit, 'dataset');
  const told = Number(/the first (\d+) files/.exec(sentence)?.[1]);
  assert.ok(told > 80_000 && told <= 1.1 * count, sentence);
});

test('deep folders: each costs as much as a shallow one', async () => {
  const { count, exit, sentence } = await most('(i) => [i, "/", "a/".repeat(1900), "x"].join("")', 50);
  assert.ok(count > 100, `${count}`); // and so 190,000 folders, whose paths are 380 MB
  assert.equal(exit, 'dataset');
  assert.match(sentence, /the first \d+ files and \d+ folders fill the 33 MiB/);
});
