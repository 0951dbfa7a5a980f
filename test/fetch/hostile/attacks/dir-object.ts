/** Attacks by the `.dir` object, whose paths become paths on the volume. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDirObject } from '../../../../src/fetch/dvc-format/dir-object.ts';
import { hasControl } from '../../../../src/text.ts';
import { storeObject } from '../../../support/dataset/objects.ts';
import { failure } from '../../../support/fetch/failure.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import {
  type AttackFixture,
  config,
  datasetOf,
  datasetOfEntries,
  metadata,
} from '../../../support/hostile/attack-fixture.ts';
import { peakMemory } from '../../../support/process/peak-memory.ts';

const md5 = (fixture: AttackFixture) => storeObject(fixture.remote, 'harmless\n');

/** The fetch refuses the first of these `.dir` objects with this sentence, and its reader the others too. */
async function refuses(fixture: AttackFixture, sentence: RegExp, first: unknown, ...others: unknown[]): Promise<void> {
  await fixture.refused(await fixture.repository(datasetOfEntries(fixture.remote, first)), 65, sentence);
  unreadable(sentence, ...others);
}

/** The reader of `.dir` objects refuses each of these with this sentence. */
function unreadable(sentence: RegExp, ...contents: unknown[]): void {
  for (const content of contents) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    assert.throws(() => parseDirObject(Buffer.from(text)), failure('dataset', sentence), text.slice(0, 100));
  }
}

export const dirObjectAttacks: Attack[] = [
  attack('a path with ".." writes no file beside the tree', async (fixture) => {
    mkdirSync(join(fixture.folder, 'outside'));
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a', '../../../../outside/escaped'));
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => existsSync(join(fixture.folder, 'outside', 'escaped')),
    );
    await fixture.refused(repository, 65, /"\.\." segment/);
    const others = ['a/..', 'a/../../b', './a', 'a//b', 'a/', ''];
    const entry = (relpath: string) => [{ md5: md5(fixture), relpath }];
    await refuses(fixture, /segment/, entry('..'), ...others.map(entry));
    assert.deepEqual(readdirSync(join(fixture.folder, 'outside')), ['escaped']);
  }),
  attack("a path to git's configuration in the home folder gives git no command to run", async (fixture) => {
    const evil = storeObject(fixture.remote, `[core]\n\tfsmonitor = "touch ${fixture.canary};false"\n`);
    const files = datasetOfEntries(fixture.remote, [{ md5: evil, relpath: '../../../.gitconfig' }]);
    const repository = await fixture.repository(files);
    await fixture.worksToday(async () => {
      await fixture.team.pull(repository);
      return fixture.team.run(fixture.team.checkout, 'git', 'status');
    });
    await fixture.refused(repository, 65, /"\.\." segment/);
  }),
  attack('a git repository inside the dataset, whose configuration is a command, is not published', async (fixture) => {
    const object = (text: string) => storeObject(fixture.remote, text);
    const entries = (git: string) => [
      { md5: object(`[core]\n\tfsmonitor = "touch ${fixture.canary};false"\n`), relpath: `${git}/config` },
      { md5: object('ref: refs/heads/main\n'), relpath: `${git}/HEAD` },
      { md5: object('x'), relpath: `${git}/objects/x` },
      { md5: object('x'), relpath: `${git}/refs/x` },
      { md5: object(`#!/bin/sh\ntouch ${fixture.canary}\n`), relpath: `${git}/hooks/post-checkout` },
    ];
    const repository = await fixture.repository(datasetOfEntries(fixture.remote, entries('.git')));
    await fixture.worksToday(async () => {
      await fixture.team.pull(repository);
      return fixture.team.run(join(fixture.team.checkout, 'data'), 'git', 'status');
    });
    // dvc add leaves out whatever is named .git, so no .dir object that it wrote has one.
    await fixture.refused(repository, 65, /\.git/);
    await refuses(fixture, /\.git/, entries('deep/er/.git'), [{ md5: md5(fixture), relpath: 'x/.git' }]);
  }),
  attack('an absolute path writes nowhere', async (fixture) => {
    fixture.harmlessToday('DVC fetches the object and makes no file of it');
    const entry = (relpath: string) => [{ md5: md5(fixture), relpath }];
    await refuses(fixture, /is absolute/, entry(fixture.canary), entry('//etc/x'));
  }),
  attack('names that no file system or no program of ours can hold are refused', async (fixture) => {
    fixture.harmlessToday('DVC ends with the error of the operating system');
    const entry = (relpath: string) => [{ md5: md5(fixture), relpath }];
    await refuses(fixture, /holds a NUL/, entry('a\0b'));
    unreadable(/no valid Unicode/, `[{"md5": "${md5(fixture)}", "relpath": "\\ud800"}]`);
    unreadable(/longer than 4096/, entry('a/'.repeat(3000).concat('a')));
    unreadable(/more than 255 bytes/, entry('a'.repeat(256)), entry('é'.repeat(128)));
    unreadable(/reserved for dvc-injector/, entry('.dvc-injector-state'), entry('x/.DVC-INJECTOR/y'));
  }),
  attack('a name that is twice there, or a file and a folder at once, is refused', async (fixture) => {
    fixture.harmlessToday('DVC keeps the last of them, and its checkout fails');
    const entries = (...paths: string[]) => paths.map((relpath) => ({ md5: md5(fixture), relpath }));
    await refuses(fixture, /twice/, entries('a', 'a'));
    unreadable(/both as a file and as a folder/, entries('a', 'a/b'), entries('a/b/c', 'a/b'));
  }),
  attack('names that differ by case or by normal form alone stay files of their own', async (fixture) => {
    fixture.harmlessToday('on Linux these are other names');
    const names = ['Data/x', 'data/x', 'DATA', 'cafe\u0301', 'caf\u00e9', 'dataset.json', 'data.dvc'];
    const { files } = await fixture.fetched(await fixture.repository(datasetOf(fixture.remote, ...names)));
    const expected = [...names.map((name) => `data/${name}`), 'data.dvc', 'dataset.json', 'split.txt'];
    assert.deepEqual(Object.keys(files).sort(), expected.sort());
  }),
  attack('names with a control character are not published, and are told with escapes', async (fixture) => {
    const names = ['Icon\r', 'a\nb', 'tab\t', 'x/\u001b[2J/y', 'c1\u009b2J', 'del\u007f', 'ls\u2028'];
    const files = { ...datasetOf(fixture.remote, 'plain', ...names), 'data-split/plain': 'plain\n' };
    const repository = await fixture.repository(files);
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => names.every((name) => existsSync(join(fixture.team.checkout, 'data', name))),
    );
    const { output } = await fixture.refused(
      repository,
      65,
      /^the dataset's file "Icon\\r" \(and 6 more\) has a control character/,
    );
    assert.ok(!hasControl(output.replaceAll('\n', '')));
    for (const [name, told] of [
      ['x/\u001b[2J/y', /"x\/\\u001b\[2J\/y" has a control character/],
      ['c1\u009b2J', /"c1\\u009b2J" has/],
      ['ls\u2028', /"ls\\u2028" has/],
    ] as const) {
      await fixture.refused(await fixture.repository(datasetOf(fixture.remote, name)), 65, told);
    }
    // A split that has none of them is as good as any.
    const { files: published } = await fixture.fetched(repository, { split: 'plain' });
    assert.deepEqual(Object.keys(published).sort(), [
      'data-split/plain',
      'data.dvc',
      'data/plain',
      'dataset.json',
      'split.txt',
    ]);
  }),
  attack('JSON that is nested, cut off, of other values or of tricky numbers is refused', async (fixture) => {
    fixture.harmlessToday('DVC ends with a traceback of its JSON reader');
    const [id, deep] = [md5(fixture), 1_000_000];
    await refuses(fixture, /no list of dictionaries/, '['.repeat(deep), '{}', '"x"', '[[]]', '[1]', '[]x', 'null');
    unreadable(/nested values/, `[{"md5": ${'['.repeat(deep)}`, `[{"a": {}}]`);
    unreadable(/cut off/, '', '[', `[{"md5": "${id}"`, `[{"relpath": "`, '[{"md5": "x\\');
    const tail = `"md5": "${id}", "relpath": "a"}]`;
    unreadable(
      /no integer/,
      `[{"size": 1e400, ${tail}`,
      `[{"size": 1.5, ${tail}`,
      `[{"size": 9007199254740993, ${tail}`,
    );
    unreadable(/can not be read/, `[{"size": NaN, ${tail}`, `[{"size": 0x10, ${tail}`, `[{'md5': 1}]`);
    unreadable(/has no md5/, [{ relpath: 'a' }], [{ md5: '../../x', relpath: 'a' }], [{ md5: 1, relpath: 'a' }]);
    unreadable(/has no relpath/, [{ md5: id }], [{ md5: id, relpath: 7 }]);
  }),
  attack('a key that is twice in an entry, or is a word of JavaScript, smuggles no path', async (fixture) => {
    fixture.harmlessToday('DVC takes the last value as well');
    const id = md5(fixture);
    await refuses(fixture, /segment/, `[{"md5": "${id}", "relpath": "a", "relpath": "../a"}]`);
    unreadable(/segment/, `[{"md5": "${id}", "\\u0072elpath": "../a"}]`);
    const text = `[{"md5": "${id}", "relpath": "../a", "relpath": "__proto__/constructor", "__proto__": "x", "toString": 1}]`;
    const { files } = await fixture.fetched(await fixture.repository(datasetOfEntries(fixture.remote, text)));
    assert.deepEqual(Object.keys(files).sort(), [
      'data.dvc',
      'data/__proto__/constructor',
      'dataset.json',
      'split.txt',
    ]);
  }),
  attack("a .dir object whose bytes are not its name's is refused", async (fixture) => {
    fixture.harmlessToday('DVC reads it from its cache by the same name, and the path is the older attack');
    const { 'data.dvc': text = '', ...files } = datasetOf(fixture.remote, 'a');
    const oid = /[0-9a-f]{32}\.dir/.exec(text)?.[0] ?? '';
    writeFileSync(
      join(fixture.remote, 'files', 'md5', oid.slice(0, 2), oid.slice(2)),
      JSON.stringify([{ md5: md5(fixture), relpath: 'b' }]),
    );
    await fixture.refused(await fixture.repository({ ...files, 'data.dvc': text }), 65, /bytes don't match its hash/);
  }),
  attack('a .dir object of a million files costs a small split no gigabyte', async (fixture) => {
    fixture.harmlessToday('well-formed, and only a matter of patience');
    const id = md5(fixture);
    const lines: string[] = [];
    for (let i = 0; i < 1_000_000; i += 1) lines.push(`{"md5": "${id}", "relpath": "folder-${i % 1000}/file-${i}"}`);
    const oid = storeObject(fixture.remote, `[${lines.join(', ')}]`, '.dir');
    lines.length = 0;
    const repository = await fixture.repository({
      'data.dvc': metadata(oid),
      '.dvc/config': config(`url = ${fixture.remote}`),
      'data-split/small': 'folder-7/file-7\ndata/folder-999/file-999999\n',
    });
    const memory = peakMemory();
    const { files } = await fixture.fetched(repository, { split: 'small', during: memory.look });
    assert.deepEqual(
      Object.keys(files)
        .filter((path) => path.startsWith('data/'))
        .sort(),
      ['data/folder-7/file-7', 'data/folder-999/file-999999'],
    );
    assert.ok(memory.megabytes() > 50, 'the memory was looked at');
    assert.ok(memory.megabytes() < 1024, `${memory.megabytes()} MB`);
  }),
];
