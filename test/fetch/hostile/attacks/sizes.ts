/** Attacks by length: files of a commit, and the remote's list, that ask for more time or memory than a small init container has. */
import { storeObject } from '../../../support/dataset/objects.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import {
  type AttackFixture,
  config,
  datasetOf,
  datasetOfEntries,
  metadata,
} from '../../../support/hostile/attack-fixture.ts';
import { yamlShapes } from '../../../support/hostile/yaml-shapes.ts';

/** As the image starts Node, in a container of a quarter of a gigabyte. */
const small = { environment: { NODE_OPTIONS: '--max-old-space-size=96 --max-semi-space-size=4' } };
const oid = `${'0'.repeat(32)}.dir`;
const mebibyte = 2 ** 20;
const tokens = /^data\.dvc of the commit has more than \d+ tokens of YAML, .*dvc\.io\/memory$/;

/** A shape, in so many bytes at most. */
function shaped(name: string, bytes: number): string {
  return (yamlShapes[name]?.(bytes - 200) ?? '').slice(0, bytes);
}

async function refusesList(fixture: AttackFixture, sentence: RegExp, entries: Iterable<string>): Promise<void> {
  const text = `[${[...entries].join(', ')}]`;
  await fixture.refused(await fixture.repository(datasetOfEntries(fixture.remote, text)), 65, sentence, small);
}

function* entries(count: number, path: (index: number) => string): Generator<string> {
  const id = 'd41d8cd98f00b204e9800998ecf8427e';
  for (let i = 0; i < count; i += 1) yield `{"md5": "${id}", "relpath": "${path(i)}"}`;
}

export const sizeAttacks: Attack[] = [
  ...['keys', 'flow sequence', 'brackets', 'braces'].map((shape) =>
    attack(`metadata of a megabyte of ${shape} ends with a number`, async (fixture) => {
      fixture.harmlessToday('DVC works on it for minutes and takes gigabytes, which this machine is spared');
      const files = { 'data.dvc': shaped(shape, mebibyte), '.dvc/config': config(`url = ${fixture.remote}`) };
      await fixture.refused(await fixture.repository(files), 65, tokens, small);
    }),
  ),
  attack('metadata of a megabyte of comments, blank lines or one text is read as any other', async (fixture) => {
    fixture.harmlessToday('it is well-formed, and read');
    const { 'data.dvc': text = '', ...files } = datasetOf(fixture.remote, 'a');
    const padded = `${text}desc: ${'x'.repeat(mebibyte - 1000)}\n`;
    await fixture.fetched(await fixture.repository({ ...files, 'data.dvc': padded }), small);
  }),
  attack('a dvc.lock of sixteen megabytes of keys ends with a number', async (fixture) => {
    fixture.harmlessToday('DVC works on it for hours');
    const files = { 'dvc.lock': shaped('keys', 16 * mebibyte), '.dvc/config': config(`url = ${fixture.remote}`) };
    await fixture.refused(
      await fixture.repository(files),
      65,
      /dvc\.lock of the commit has more than \d+ tokens of YAML/,
      small,
    );
  }),
  attack('a configuration of a megabyte of sections and keys is read, and its remote found', async (fixture) => {
    fixture.harmlessToday('it is well-formed, and read');
    const files = datasetOf(fixture.remote, 'a');
    let padding = '';
    for (let i = 0; padding.length < mebibyte - 1000; i += 1) padding += `['remote "${i}"']\n    k${i} = "x" # '\n`;
    await fixture.fetched(
      await fixture.repository({ ...files, '.dvc/config': `${files['.dvc/config']}${padding}` }),
      small,
    );
  }),
  attack('a list of one line of forty megabytes is refused by its line', async (fixture) => {
    fixture.harmlessToday('a script that reads lists finds no file of that name');
    const list = Buffer.alloc(40 * mebibyte, 'x');
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), 'data-split/train': list });
    await fixture.refused(repository, 65, /line 1: "x+…" is longer than any path/, { ...small, split: 'train' });
  }),
  attack('a .dir object of two million files ends with a number where the memory is small', async (fixture) => {
    fixture.harmlessToday('DVC takes gigabytes for it, as it would for a real one');
    await refusesList(
      fixture,
      /^the dataset's \.dir object has too many files for this memory: the first \d+ files/,
      entries(2_000_000, (i) => `${i % 1000}/${i}`),
    );
  }),
  attack(
    'two hundred paths of two thousand folders end with a number, and so does the longest of them',
    async (fixture) => {
      fixture.harmlessToday('DVC ends with the error of the operating system, when most folders are made');
      const deep = (i: number) => `${'a/'.repeat(2000)}${i}`;
      const apart = (i: number) => `${i}/${'a/'.repeat(2000)}x`;
      await refusesList(
        fixture,
        /too many files for this memory: the first 200 files and \d+ folders fill/,
        entries(200, apart),
      );
      const sentence = /would have a path of \d{4} bytes on the volume, and at most 4095 are possible/;
      await refusesList(fixture, sentence, entries(200, deep));
    },
  ),
  attack(
    'one entry of a hundred megabytes, and one of a thousand keys again and again, are refused',
    async (fixture) => {
      fixture.harmlessToday('DVC reads it as any other');
      const id = storeObject(fixture.remote, 'harmless\n');
      const long = `{"md5": "${id}", "relpath": "a", "x": "${'x'.repeat(100 * mebibyte)}"}`;
      await refusesList(fixture, /has an entry of more than 65536 bytes/, [long]);
      const keys = (i: number) => Array.from({ length: 1000 }, (_, key) => `"${i}-${key}": 1`).join(', ');
      await refusesList(
        fixture,
        /too many files for this memory: the first \d+ files/,
        Array.from({ length: 1000 }, (_, i) => `{"md5": "${id}", "relpath": "${i}", ${keys(i)}}`),
      );
    },
  ),
  attack('metadata whose only fault is a key that is there twice is refused by that key', async (fixture) => {
    fixture.harmlessToday('DVC refuses it as well');
    const files = { 'data.dvc': `${metadata(oid)}  path: data\n`, '.dvc/config': config(`url = ${fixture.remote}`) };
    await fixture.refused(await fixture.repository(files), 65, /the key "path" is there twice/, small);
  }),
];
