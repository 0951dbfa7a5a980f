/**
 * A neighbour in the namespace: a pod of another UID and the same group, which has mounted the claim writable. What it
 * forges on the volume is believed by a plain start as far as that looks, and by nothing that reads bytes.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { execa } from 'execa';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { leftovers, makePlace, type Outcome, type Place } from '../support/fetch/fetcher.ts';
import { assertFiles, type Published, publish } from '../support/fetch/published.ts';
import { makeUsers, type Users } from '../support/fetch/users.ts';

const files = { 'a.txt': 'first', 'b/c.txt': 'second', 'b/d.txt': 'third' };
const changed = { ...files, 'b/c.txt': 'other than before' };
const poison = 'FIRST';
const [fetcher, neighbour, group] = [1001, 1002, 2000];

let dataset: Dataset;
let first: string;
let second: string;
before(async () => {
  const list = { train: Object.keys(files), two: ['a.txt', 'b/d.txt'] };
  dataset = await makeDataset({ files, splits: list });
  first = `${dataset.url}@${dataset.sha}`;
  second = `${dataset.url}@${await dataset.commit({ files: { 'b/c.txt': changed['b/c.txt'] } })}`;
  await execa('chmod', ['-R', 'a+rX', dataset.folder]);
});
after(() => dataset?.[Symbol.asyncDispose]());

let place: Place;
let users: Users;
let published: Published;
beforeEach(async () => {
  place = await makePlace();
  users = await makeUsers(place);
  await users.openTo(fetcher, group);
  published = await publish(place, `${first}:train`, { prefix: users.as(fetcher, group) });
});
afterEach(async () => {
  await users?.[Symbol.asyncDispose]();
  await place?.[Symbol.asyncDispose]();
});

const md5 = (text: string | Buffer) => createHash('md5').update(text).digest('hex');
const cached = (oid: string) => join(place.volume, 'cache/files/md5', oid.slice(0, 2), oid.slice(2));

/** Puts a file of the neighbour's own in the place of whatever is there, dated long ago. */
async function forge(path: string, text: string): Promise<void> {
  const [program = '', ...args] = users.as(neighbour, group);
  const script =
    'umask 002; mkdir -p "$(dirname "$1")"; cat > "$1.new"; touch -d 2001-01-01 "$1.new"; mv -fT "$1.new" "$1"';
  await execa(program, [...args, 'sh', '-c', script, 'sh', path], { input: text });
  assert.equal(statSync(path).uid, neighbour);
}

/** The same for what is not there any more. */
async function remove(path: string): Promise<void> {
  const [program = '', ...args] = users.as(neighbour, group);
  await execa(program, [...args, 'rm', '-rf', path]);
}

const provenance = (tree = published.tree) =>
  JSON.parse(readFileSync(join(tree, 'dataset.json'), 'utf8')) as Record<string, unknown>;

/** Forges a tree that agrees with itself: other bytes, a list that names them, and a provenance that names the list. */
async function forgeTree(): Promise<void> {
  await forge(join(published.tree, 'data/a.txt'), poison);
  await forge(cached(md5('first')), poison);
  await forge(cached(md5(poison)), poison);
  const list = JSON.stringify(
    Object.entries({ ...files, 'a.txt': poison }).map(([relpath, text]) => ({ md5: md5(text), relpath })),
  );
  const oid = `${md5(list)}.dir`;
  await forge(cached(oid), list);
  await forge(join(published.tree, 'dataset.json'), JSON.stringify({ ...provenance(), oid, datasetOid: oid }));
}

const start = (reference: string, ...flags: string[]): Promise<Outcome> =>
  place.fetch(reference, { prefix: users.as(fetcher, group), flags });

/** Verifies, and expects that it was found, told by this sentence, and mended; and that the next one finds it right. */
async function mends(sentence: RegExp): Promise<void> {
  const { exitCode, output, log } = await start(`${first}:train`, '--verify');
  assert.equal(exitCode, 0, output);
  assert.ok(
    log.some(({ level, msg }) => level === 'warn' && sentence.test(msg)),
    output,
  );
  assertRight();
  const again = await start(`${first}:train`, '--verify');
  assert.equal(again.exitCode, 0, again.output);
  assert.ok(!again.log.some(({ level }) => level === 'warn'), again.output);
  assert.match(again.terminationMessage, /already|there/);
}

function assertRight(): void {
  assertFiles(published.tree, files);
  assert.deepEqual(readdirSync(published.tree).sort(), ['data', 'data-split', 'data.dvc', 'dataset.json', 'split.txt']);
  assert.equal(readFileSync(join(published.tree, 'data-split/train'), 'utf8'), `${Object.keys(files).join('\n')}\n`);
  const { oid, files: count, revision } = provenance();
  assert.deepEqual([oid, count, revision], [dirOf(files), 3, first.split('@').at(-1)]);
  assert.deepEqual(leftovers(place), []);
}

/** The id of the list that names exactly these files, as DVC writes it. */
function dirOf(content: Readonly<Record<string, string>>): string {
  const entries = Object.entries(content).map(([relpath, text]) => `{"md5": "${md5(text)}", "relpath": "${relpath}"}`);
  return `${md5(`[${entries.join(', ')}]`)}.dir`;
}

test('a plain start promises a sample of names and sizes: it does not see a forged tree that keeps those', async () => {
  await forgeTree();
  const { exitCode, output } = await start(`${first}:train`);
  assert.equal(exitCode, 0, output);
  assertFiles(published.tree, { ...files, 'a.txt': poison });
});

test('--verify asks the commit, not the tree: a forged tree with its own list and provenance is found and mended', async () => {
  await forgeTree();
  await mends(/is not what its commit names.*1 of its files .*"a\.txt"/);
});

test('--verify finds and mends a tree that was forged with its state before anybody fetched it', async () => {
  const state = readFileSync(published.state, 'utf8');
  await forgeTree();
  await forge(published.state, state.replace(/"sample":\[.*?\]/, '"sample":[]'));
  await mends(/is not what its commit names/);
  assert.match(readFileSync(published.state, 'utf8'), /"sample":\[\{/);
});

for (const [what, sentence, damage] of [
  ['one file too many', /1 name.* "data\/b\/more\.txt"/, () => forge(join(published.tree, 'data/b/more.txt'), 'x')],
  ['a file that is gone', /1 of its files .*"b\/d\.txt"/, () => remove(join(published.tree, 'data/b/d.txt'))],
  [
    'a file that is a folder',
    /1 of its files .*"a\.txt"/,
    async () => {
      await remove(join(published.tree, 'data/a.txt'));
      await forge(join(published.tree, 'data/a.txt/x'), 'x');
    },
  ],
  ['a list with other lines', /"data-split\/train"/, () => forge(join(published.tree, 'data-split/train'), 'a.txt\n')],
  ['metadata of another folder', /"data\.dvc"/, () => forge(join(published.tree, 'data.dvc'), 'outs: []\n')],
  [
    'a provenance that tells of another commit',
    /dataset\.json/,
    async () =>
      forge(join(published.tree, 'dataset.json'), JSON.stringify({ ...provenance(), revision: '0'.repeat(40) })),
  ],
  [
    'a provenance that tells of other bytes',
    /dataset\.json/,
    async () => forge(join(published.tree, 'dataset.json'), JSON.stringify({ ...provenance(), bytes: 7 })),
  ],
  ['a provenance that is none', /./, () => forge(join(published.tree, 'dataset.json'), '[]')],
] as const) {
  test(`--verify finds and mends ${what}`, async () => {
    await damage();
    await mends(sentence);
  });
}

test('a poisoned object that the provenance of a published tree vouches for is read, and another commit gets right bytes', async () => {
  await forge(cached(md5('first')), poison);
  const { exitCode, output } = await start(`${second}:train`);
  assert.equal(exitCode, 0, output);
  const other = readdirSync(join(place.volume, 'trees')).find((key) => key !== published.key) ?? '';
  assertFiles(join(place.volume, 'trees', other), changed);
  assert.equal(readFileSync(cached(md5('first')), 'utf8'), 'first');
});

test('a planted dataset.json of a dataset that nobody fetched vouches for nothing', async () => {
  const key = 'f'.repeat(32);
  await forge(cached(md5('third')), 'THIRD');
  await forge(
    join(place.volume, 'trees', key, 'dataset.json'),
    JSON.stringify({ ...provenance(), key, oid: dirOf(files) }),
  );
  const { exitCode, output } = await start(`${second}:two`);
  assert.equal(exitCode, 0, output);
  const keys = readdirSync(join(place.volume, 'trees')).filter((name) => name !== published.key && name !== key);
  assert.equal(keys.length, 1);
  assertFiles(join(place.volume, 'trees', keys[0] ?? ''), { 'a.txt': 'first', 'b/d.txt': 'third' });
  assert.ok(existsSync(dirname(cached(md5('third')))));
});
