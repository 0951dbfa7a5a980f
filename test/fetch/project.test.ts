/** What a commit tracks at a path is found by real git: in large repositories, of every kind, and whatever else is in them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type DatasetIdentity, identifyDataset } from '../../src/dataset/identity.ts';
import { parseReference } from '../../src/dataset/reference.ts';
import { FetchFailure } from '../../src/fetch/failure/fetch-failure.ts';
import { fetchRevision, type Git } from '../../src/fetch/git/git.ts';
import { type CommitContent, readCommit } from '../../src/fetch/git/read-commit.ts';
import { makeRawRepository, type RawFile } from '../support/dataset/raw-repository.ts';
import { failure } from '../support/fetch/failure.ts';

type Files = Readonly<Record<string, RawFile>>;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-project-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const config = '[core]\n    remote = store\n[\'remote "store"\']\n    url = s3://bucket/data\n';
const project: Files = { '.dvc/config': config, '.dvc/.gitignore': '/tmp\n' };
const md5 = 'a'.repeat(32);
/** Metadata of these outputs, folders where a slash is behind. */
const tracked = (...paths: string[]) =>
  `outs:\n${paths.map((path) => `- md5: ${md5}${path.endsWith('/') ? '.dir' : ''}\n  hash: md5\n  path: ${path}\n`).join('')}`;

interface Commit {
  /** What the commit says of the dataset at this path. */
  at(path: string, split?: string, splitDir?: string): Promise<CommitContent>;
  paths(path: string): Promise<string[]>;
  /** How often git ran since the commit was fetched. */
  runs(): number;
}

async function commitOf(files: Files, objectFormat: 'sha1' | 'sha256' = 'sha1'): Promise<Commit> {
  const place = mkdtempSync(join(folder, 'repository-'));
  const { url, sha } = await makeRawRepository({ files, folder: place, objectFormat });
  const at = (split: string) => parseReference(`${url}@${sha}:${split}`, { schemes: ['file'], aliases: {} });
  const scratch = mkdtempSync(join(place, 'scratch-'));
  const context = { folder: scratch, env: { PATH: process.env.PATH ?? '', HOME: scratch }, endpoints: [] };
  const credentials = { env: {}, secrets: [], unused: [] };
  const { signal } = new AbortController();
  const git = await fetchRevision(at('*'), { ...context, credentials, signal });
  let runs = 0;
  const counting = <A extends unknown[], R>(run: (...args: A) => R) => {
    return (...args: A) => {
      runs += 1;
      return run(...args);
    };
  };
  const counted: Git = { run: counting(git.run), read: counting(git.read), feed: counting(git.feed) };
  const rules = { localFolders: true, endpoints: [] };
  const read = (path: string, split = '*', splitDir = 'lists') => {
    const dataset: DatasetIdentity = identifyDataset(at(split), { dataDir: path, splitDir });
    return readCommit(counted, dataset, rules);
  };
  return {
    at: read,
    paths: async (path) => (await read(path)).outputs.map((output) => output.path).sort(),
    runs: () => runs,
  };
}

test('three thousand files of metadata are read in as few runs of git as one', async () => {
  const numbers = Array.from({ length: 3000 }, (_, index) => index);
  const many = Object.fromEntries(numbers.map((i) => [`images/${i % 50}/${i}.png.dvc`, tracked(`${i}.png`)]));
  const large = await commitOf({ ...project, ...many, 'one.dvc': tracked('one/') });
  const small = await commitOf({ ...project, 'one.dvc': tracked('one/') });
  assert.equal((await large.at('images')).outputs.length, 3000);
  const ofLarge = large.runs();
  assert.deepEqual(await small.paths('one'), ['one']);
  assert.equal(ofLarge, small.runs());
  assert.ok(ofLarge <= 8, `${ofLarge}`);
  const { outputs, metadataFiles } = await large.at('images/7');
  assert.equal(outputs.length, 60);
  assert.equal(metadataFiles.get('images/7/7.png.dvc')?.toString(), tracked('7.png'));
  assert.equal(metadataFiles.size, 60);
});

test('a repository with hashes of 64 digits is read as any', async () => {
  const { paths } = await commitOf({ ...project, 'ml/a.dvc': tracked('a/'), 'ml/b.dvc': tracked('b') }, 'sha256');
  assert.deepEqual(await paths('ml'), ['ml/a', 'ml/b']);
  assert.deepEqual(await paths('ml/a/deep'), ['ml/a']);
});

test('names that git would quote, and that are patterns to it, are names', async () => {
  const names = ['wörter & "x"', '*', '[a]', ':(glob)x', 'with\ttab'];
  const files = Object.fromEntries(names.map((name, index) => [`d/${name}.dvc`, tracked(`out${index}`)]));
  const { paths } = await commitOf({ ...project, ...files });
  assert.deepEqual(await paths('d'), ['d/out0', 'd/out1', 'd/out2', 'd/out3', 'd/out4']);
});

describe('a file that can not be read', () => {
  const broken = 'outs: [';
  const huge = `#${'x'.repeat(1024 * 1024)}\n${tracked('other')}`;
  const two = { 'data/a.dvc': tracked('a/'), 'data/b.dvc': tracked('b') };
  const elsewhere: Record<string, [file: RawFile, sentence: RegExp]> = {
    'no YAML': [broken, /other\/x\.dvc of the commit is no valid YAML/],
    'too large': [huge, /other\/x\.dvc of the commit has \d+ bytes, and at most \d+ are read/],
    'a symlink': [{ symlink: '../data/a.dvc' }, /other\/x\.dvc of the commit is a symlink and must be a regular file/],
    'a submodule': [{ submodule: 'b'.repeat(40) }, /other\/x\.dvc of the commit is a submodule and must be/],
  };
  for (const [what, [file, sentence]] of Object.entries(elsewhere)) {
    test(`stops a dataset that it may have a part of, and no other: ${what}`, async () => {
      const { at, paths } = await commitOf({ ...project, ...two, 'other/a.dvc': tracked('a/'), 'other/x.dvc': file });
      assert.deepEqual(await paths('data'), ['data/a', 'data/b']);
      assert.deepEqual(await paths('other/a'), ['other/a']);
      await assert.rejects(at('other'), failure('dataset', sentence));
      await assert.rejects(at('other/x'), failure('dataset', sentence));
    });
  }

  test('stops any dataset that it may lead up to', async () => {
    const { at } = await commitOf({ ...project, ...two, 'other/x.dvc': `# ../data\n${broken}` });
    await assert.rejects(at('data'), failure('dataset', /other\/x\.dvc/));
  });

  test('is not told to somebody who mistypes a path elsewhere', async () => {
    const template = { 'template/dvc.yaml': 'stages: {{ cookiecutter.stages }}\n' };
    const { at } = await commitOf({ ...project, ...two, ...template });
    await assert.rejects(
      at('data/bb'),
      failure('notFound', /it tracks data\/b, data\/a: name one by dvc\.io\/data-dir$/),
    );
  });

  test('is none where it lies in .dvc, in which DVC keeps what is its own', async () => {
    const { paths } = await commitOf({ ...project, ...two, '.dvc/tmp/x.dvc': `# ../../data\n${broken}` });
    assert.deepEqual(await paths('data'), ['data/a', 'data/b']);
  });
});

describe('of a pipeline', () => {
  const lock = `schema: '2.0'\nstages:\n  make:\n    cmd: x\n    outs:\n    - path: data/made\n      hash: md5\n      md5: ${md5}.dir\n`;
  const yaml = 'stages:\n  make:\n    cmd: x\n    outs: [data/made]\n  later:\n    outs: [data/later]\n';

  test('its outputs are found from the folder that it lies in, beside what dvc add tracks', async () => {
    const files = { ...project, 'dvc.lock': lock, 'dvc.yaml': yaml, 'data/raw.dvc': tracked('raw/') };
    const { at, paths } = await commitOf(files);
    assert.deepEqual(await paths('data'), ['data/made', 'data/raw']);
    const { metadataFiles } = await at('data/made');
    assert.deepEqual([...metadataFiles], [['dvc.lock', Buffer.from(lock)]]);
  });

  test('what was never run is told by its stage', async () => {
    const { at } = await commitOf({ ...project, 'dvc.lock': lock, 'dvc.yaml': yaml });
    const sentence = /data\/later, which the stage later of dvc\.yaml would make .*run dvc repro and dvc push/;
    await assert.rejects(at('data/later'), failure('notFound', sentence));
  });

  test('a definition that is no file hides no output: what may be its is not read past', async () => {
    const files = { ...project, 'dvc.lock': lock, 'dvc.yaml': { symlink: 'x' }, 'data/raw.dvc': tracked('raw/') };
    const { at, paths } = await commitOf(files);
    await assert.rejects(at('data'), failure('dataset', /^dvc\.yaml of the commit is a symlink/));
    assert.deepEqual(await paths('data/raw'), ['data/raw']);
  });
});

describe('projects in a repository', () => {
  const files: Files = {
    ...project,
    'data.dvc': tracked('data/'),
    'teams/vision/.dvc/config': config.replaceAll('store', 'vision').replace('bucket', 'vision'),
    'teams/vision/data.dvc': tracked('data/'),
    'teams/sound/.dvc/config': config,
    'teams/sound/clips.dvc': tracked('clips/'),
  };

  test('each has its own outputs and remotes', async () => {
    const { at } = await commitOf(files);
    const [outer] = (await at('data')).outputs;
    const [inner] = (await at('teams/vision/data')).outputs;
    assert.deepEqual([outer?.path, outer?.from.settings.url], ['data', 's3://bucket/data']);
    assert.deepEqual([inner?.path, inner?.from.settings.url], ['teams/vision/data', 's3://vision/data']);
  });

  test('none looks into another, and those below a path are named', async () => {
    const { 'data.dvc': _, ...nested } = files;
    const { at, paths } = await commitOf(nested);
    assert.deepEqual(await paths('teams/sound'), ['teams/sound/clips']);
    await assert.rejects(
      at('teams'),
      failure(
        'notFound',
        /DVC projects of their own lie below it: name a path in teams\/sound or teams\/vision by dvc\.io\/data-dir/,
      ),
    );
  });

  test('they are named, too, where the project around them tracks something else', async () => {
    const { at } = await commitOf(files);
    await assert.rejects(at('teams'), failure('notFound', /teams\/sound or teams\/vision/));
  });

  test('a link in the place of .dvc is none: there is no remote then, and that is said', async () => {
    const { at } = await commitOf({
      '.dvc': { symlink: 'elsewhere' },
      'elsewhere/config': config,
      'data.dvc': tracked('data/'),
    });
    await assert.rejects(at('data'), failure('dataset', /names no default DVC remote/));
  });
});

describe('where nothing is tracked', () => {
  test('what is written most alike is named', async () => {
    const files = {
      ...project,
      'data/raw.dvc': tracked('raw/'),
      'data/fresh.dvc': tracked('fresh/'),
      'x/labels.csv.dvc': tracked('labels.csv'),
    };
    const { at } = await commitOf(files);
    await assert.rejects(
      at('data/rwa'),
      failure('notFound', /nothing that DVC tracks at data\/rwa; it tracks data\/raw, data\/fresh, x\/labels\.csv:/),
    );
    await assert.rejects(at('labels.csv'), failure('notFound', /it tracks x\/labels\.csv, /));
    await assert.rejects(
      at('x/labels.csv/a'),
      failure('notFound', /nothing that DVC tracks at x\/labels\.csv\/a; it tracks x\/labels\.csv/),
    );
  });

  test('of many, long names a sentence that can be read is left', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `${'long-'.repeat(40)}${index}`);
    const { at } = await commitOf({
      ...project,
      ...Object.fromEntries(names.map((name) => [`${name}.dvc`, tracked(name)])),
    });
    await assert.rejects(at('data'), failure('notFound', /nothing that DVC tracks at data; it tracks long-/));
  });

  test('a submodule is told by its path', async () => {
    const { at } = await commitOf({
      ...project,
      'data.dvc': tracked('data/'),
      'third/party': { submodule: 'b'.repeat(40) },
    });
    for (const path of ['third/party', 'third/party/data']) {
      await assert.rejects(at(path), failure('notFound', /: third\/party is a submodule, a repository of its own/));
    }
  });

  test('data of other projects is told by their folders, and data that is not to be had by its reason', async () => {
    const elsewhere = await commitOf({ ...project, 'ml/.dvc/config': '', 'ml/sets.dvc': tracked('sets/') });
    const projects = /at data, but has other DVC projects: name a path in ml by dvc\.io\/data-dir$/;
    await assert.rejects(elsewhere.at('data'), failure('notFound', projects));
    const refused = await commitOf({ ...project, 'sets.dvc': `${tracked('sets/')}  cache: false\n` });
    const why = /at data, nor anything that can be fetched: sets \(sets\.dvc of the commit\) is not kept by DVC/;
    await assert.rejects(refused.at('data'), failure('notFound', why));
  });

  test('a commit without anything of DVC is told what to run', async () => {
    const { at } = await commitOf({ 'README.md': 'x' });
    await assert.rejects(
      at('data'),
      failure(
        'notFound',
        /nor anything else in this repository: run dvc add on data, dvc push and git commit, and use that commit$/,
      ),
    );
  });
});

describe('what can not be had', () => {
  const imported = `deps:\n- path: raw\n  repo:\n    url: https://git.example.com/other\n    rev_lock: ${'c'.repeat(40)}\n${tracked('in/')}`;
  const files: Files = {
    ...project,
    'data/a.dvc': tracked('a/'),
    'data/in.dvc': imported,
    'lists/train': 'a/x\n',
  };

  test('is refused where the split is everything, and not where a list names its files', async () => {
    const { at } = await commitOf(files);
    const sentence =
      /^data\/in \(data\/in\.dvc of the commit\) is imported .*other@c{40}:\* and dvc\.io\/data-dir: raw$/;
    await assert.rejects(at('data'), failure('dataset', sentence));
    await assert.rejects(at('data/in'), failure('dataset', sentence));
    const { outputs, list } = await at('data', 'train');
    assert.deepEqual(
      outputs.map(({ path }) => path),
      ['data/a'],
    );
    assert.equal(list?.toString(), 'a/x\n');
  });

  test('overlaps is told with both files, where it concerns the path', async () => {
    const { at, paths } = await commitOf({
      ...project,
      'data.dvc': tracked('data/'),
      'data/sub.dvc': tracked('sub/'),
      'b.dvc': tracked('b/'),
    });
    const sentence =
      /^data\.dvc and data\/sub\.dvc of the commit both track data\/sub, which lies in data, .*dvc remove/;
    await assert.rejects(at('data'), failure('dataset', sentence));
    await assert.rejects(at('data/sub'), failure('dataset', sentence));
    assert.deepEqual(await paths('b'), ['b']);
  });
});

describe('a list that DVC tracks', () => {
  const files: Files = {
    ...project,
    'data.dvc': tracked('data/'),
    'lists.dvc': tracked('lists/'),
    'more/one.dvc': tracked('one'),
  };

  test('is found in its folder and by itself', async () => {
    const { at } = await commitOf(files);
    const inFolder = (await at('data', 'train')).list;
    assert.ok(inFolder && 'oid' in inFolder && inFolder.path === 'lists');
    const byItself = (await at('data', 'one', 'more')).list;
    assert.ok(byItself && 'oid' in byItself && byItself.path === 'more/one');
    const absent = (await at('data', 'two', 'more')).list;
    assert.ok(absent instanceof FetchFailure && absent.exit === 'notFound');
    assert.match(absent.message, /the commit has no list more\/two/);
  });
});
