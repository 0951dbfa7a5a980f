/** Something else where the volume's own folders, states and objects must be: it gives way, or people are told what to move. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { volumeLayout } from '../../src/dataset/layout.ts';
import { byContent } from '../../src/fetch/dvc-format/object-naming.ts';
import { cachedObjectPath } from '../../src/fetch/volume/object-cache.ts';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { leftovers, makePlace } from '../support/fetch/fetcher.ts';
import { assertFiles, pathWith, publish } from '../support/fetch/published.ts';

const files = { 'a.txt': 'first', 'b/c.txt': 'second' };
let dataset: Dataset;
let reference: string;
before(async () => {
  dataset = await makeDataset({ files, splits: { train: Object.keys(files) } });
  reference = `${dataset.url}@${dataset.sha}:train`;
});
after(() => dataset?.[Symbol.asyncDispose]());

for (const [garbage, bytes] of [
  ['10 MB of noise', randomBytes(10_000_000)],
  ['a published state of another dataset', 'other'],
  ['a sample that leaves the tree', 'leaving'],
] as const) {
  test(`a state file with ${garbage} is no state: the tree is read and taken over`, async () => {
    await using place = await makePlace();
    const { state, tree, key } = await publish(place, reference);
    const written = JSON.parse(readFileSync(state, 'utf8'));
    const others = { ...written, key: '0'.repeat(key.length) };
    const leaving = { ...written, sample: [{ path: '/etc/passwd', bytes: lstatSync('/etc/passwd').size }] };
    writeFileSync(state, typeof bytes === 'string' ? JSON.stringify(bytes === 'other' ? others : leaving) : bytes);
    const { log } = await publish(place, reference, { environment: pathWith(place, 'flock') });
    assert.equal(log.at(-1)?.msg, 'an earlier fetch is completed');
    assert.deepEqual(JSON.parse(readFileSync(state, 'utf8')), {
      ...written,
      updatedAt: JSON.parse(readFileSync(state, 'utf8')).updatedAt,
    });
    assertFiles(tree, files);
  });
}

test('a folder in the place of the state file gives way, be it empty or not', async () => {
  await using place = await makePlace();
  const { state, tree } = await publish(place, reference);
  for (const content of [[], ['file']]) {
    rmSync(state, { recursive: true });
    mkdirSync(state);
    for (const name of content) writeFileSync(join(state, name), '');
    await publish(place, reference);
    assert.ok(lstatSync(state).isFile());
    assertFiles(tree, files);
    assert.deepEqual(leftovers(place), []);
  }
});

test('a link or a pipe in the place of the state file is not followed or waited for: 74 that says to move it', async () => {
  await using place = await makePlace();
  const { state } = await publish(place, reference);
  const elsewhere = join(place.volume, 'elsewhere');
  for (const make of [() => symlinkSync(elsewhere, state), () => execFileSync('mkfifo', [state])]) {
    rmSync(state);
    make();
    const { exitCode, terminationMessage, output } = await place.fetch(reference);
    assert.equal(exitCode, 74, output);
    assert.match(
      terminationMessage,
      /state\/[0-9a-f]{32}\.json on the volume is no file but must be one: move it away/,
    );
    assert.ok(!existsSync(elsewhere));
  }
  rmSync(state);
  await publish(place, reference);
});

for (const name of ['trees', 'staging', 'datasets', 'cache'] as const) {
  test(`a link in the place of the volume's folder ${name} is not followed: 74 that says to move it`, async () => {
    await using place = await makePlace();
    const { tree } = await publish(place, reference);
    const elsewhere = join(dirname(place.volume), 'elsewhere');
    renameSync(join(place.volume, name), elsewhere);
    mkdirSync(join(elsewhere, 'dead-0000')); // as unfinished work is called, which everybody removes
    symlinkSync(elsewhere, join(place.volume, name));
    const before = readdirSync(elsewhere, { recursive: true });
    const { exitCode, terminationMessage, output } = await place.fetch(`${dataset.url}@${dataset.sha}:*`);
    assert.equal(exitCode, 74, output);
    assert.match(terminationMessage, new RegExp(`volume/${name} on the volume is no folder but must be one: move it`));
    assert.deepEqual(readdirSync(elsewhere, { recursive: true }), before);
    rmSync(join(place.volume, name));
    renameSync(elsewhere, join(place.volume, name));
    await publish(place, `${dataset.url}@${dataset.sha}:*`);
    assertFiles(tree, files);
  });
}

test('the folders of the volume are made again where somebody removed all but the states', async () => {
  await using place = await makePlace();
  const { tree } = await publish(place, reference);
  for (const name of readdirSync(place.volume)) {
    if (name !== 'state') rmSync(join(place.volume, name), { recursive: true });
  }
  await publish(place, reference);
  assertFiles(tree, files);
  assert.deepEqual(leftovers(place), []);
});

for (const [what, damage] of [
  ['a folder with files', (object: string) => mkdirSync(join(object, 'folder'), { recursive: true })],
  [
    'a link to the same bytes',
    (object: string) => {
      writeFileSync(`${object}-elsewhere`, 'first');
      symlinkSync(`${object}-elsewhere`, object);
    },
  ],
  ['a pipe', (object: string) => execFileSync('mkfifo', [object])],
] as const) {
  test(`${what} in the place of an object of the cache is damage: the object is fetched anew and kept`, async () => {
    await using place = await makePlace();
    const { tree } = await publish(place, reference);
    const object = cachedObjectPath(volumeLayout(place.volume), byContent, '8b04d5e3775d298e78455efc5ca404d5'); // md5 of "first"
    assert.equal(readFileSync(object, 'utf8'), 'first');
    rmSync(object);
    damage(object);
    rmSync(tree, { recursive: true });
    await publish(place, reference);
    assertFiles(tree, files);
    assert.ok(lstatSync(object).isFile());
    assert.equal(readFileSync(object, 'utf8'), 'first');
    assert.deepEqual(leftovers(place), []);
  });
}

test("a file or a link in the place of one of the cache's folders gives way", async () => {
  await using place = await makePlace();
  const { tree } = await publish(place, reference);
  const folder = dirname(cachedObjectPath(volumeLayout(place.volume), byContent, '8b04d5e3775d298e78455efc5ca404d5'));
  const elsewhere = join(place.volume, 'elsewhere');
  mkdirSync(elsewhere);
  for (const make of [() => writeFileSync(folder, ''), () => symlinkSync(elsewhere, folder)]) {
    rmSync(folder, { recursive: true });
    make();
    rmSync(tree, { recursive: true });
    await publish(place, reference);
    assertFiles(tree, files);
    assert.ok(lstatSync(folder).isDirectory());
    assert.deepEqual(readdirSync(elsewhere), []);
  }
});
