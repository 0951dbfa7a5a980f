/** The training code of docs/recipes.md, taken from the page and run with the real libraries on datasets that were really fetched. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { blocks, readPage, section } from '../support/docs/pages.ts';
import { filesBelow, makePlace, type Place } from '../support/fetch/fetcher.ts';
import { publish } from '../support/fetch/published.ts';
import { runRecipe } from '../support/recipes/recipe.ts';

const page = readPage('docs/recipes.md');
const codeOf = (heading: string) => blocks(section(page, heading), 'python');

/** A picture of two pixels: plain PGM, which is text. */
const picture = (left: number, right: number) => `P2\n2 1\n255\n${left} ${right}\n`;
const [black, white] = [0, 255];

let folder: string;
let dataset: Dataset;
let places: Place[];
/** The trees that containers would see at /mnt. */
let pictures: string;
let shards: string;
const filesBefore = new Map<string, string[]>();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-recipes-'));
  dataset = await makeDataset({
    files: {
      'circle/1.pgm': picture(black, black),
      'circle/2.pgm': picture(black, white),
      'cross/1.pgm': picture(white, black),
      'square/1.pgm': picture(white, white),
      'shards/000.tar': await shard({ 'a.pgm': picture(black, white), 'a.cls': '0' }),
      'shards/001.tar': await shard({ 'b.pgm': picture(white, black), 'b.cls': '1' }),
      'shards/002.tar': await shard({ 'c.pgm': picture(white, white), 'c.cls': '2' }),
    },
    // The first begins with the data directory, which split.txt does not.
    splits: { train: ['data/cross/1.pgm', 'circle/2.pgm'], shards: ['shards/000.tar', 'shards/001.tar'] },
  });
  places = [await makePlace(), await makePlace()];
  const fetched = (place: Place | undefined, split: string) =>
    publish(place ?? assert.fail(), `${dataset.url}@${dataset.sha}:${split}`);
  pictures = (await fetched(places[0], 'train')).pointer;
  shards = (await fetched(places[1], 'shards')).pointer;
  for (const tree of [pictures, shards]) filesBefore.set(tree, Object.keys(filesBelow(tree)).sort());
});
after(async () => {
  for (const place of places ?? []) await place[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A tar file with these files. */
async function shard(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const source = mkdtempSync(join(folder, 'shard-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
  const { stdout } = await execa('tar', ['-c', '-C', source, ...Object.keys(files).sort()], { encoding: 'buffer' });
  return Buffer.from(stdout);
}

/** What the webhook would set, for a dataset that is mounted at `mount`. */
const variables = (mount: string, split: string) => ({
  DVC_DATASET: `${dataset.url}@${dataset.sha}:${split}`,
  DVC_DATASET_PATH: join(mount, 'data'),
  DVC_DATASET_SPLIT_FILE: join(mount, 'split.txt'),
});

test('the class for a DataLoader gives each picture of the split with its label; torch itself is not run', async () => {
  const [code = '', loader = '', ...more] = codeOf('PyTorch DataLoader');
  assert.deepEqual(more, []);
  const probe = `
import ast, json, sys
from recipe import Pictures
ast.parse(${JSON.stringify(loader)})
pictures = Pictures()
items = [pictures[at] for at in range(len(pictures))]
print(json.dumps([[list(pixels.shape), str(pixels.dtype), pixels.tolist(), label] for pixels, label in items]))
`;
  assert.deepEqual(await runRecipe({ code, probe, environment: variables(pictures, 'train') }), [
    [[1, 1, 2], 'float32', [[[0, 1]]], 0],
    [[1, 1, 2], 'float32', [[[1, 0]]], 1],
  ]);
});

test('Hugging Face datasets has the pictures and the names of the classes, and writes nothing of its own', async () => {
  const [code = '', ...more] = codeOf('Hugging Face datasets');
  assert.deepEqual(more, []);
  const probe = `
import json, os
from recipe import train
rows = [[list(row["image"].convert("L").tobytes()), row["label"]] for row in train]
cache = os.path.exists(os.environ["HF_HOME"])
print(json.dumps([rows, train.features["label"].names, len(train.cache_files), cache]))
`;
  const environment = { ...variables(pictures, 'train'), HF_HUB_OFFLINE: '1', HF_HOME: join(folder, 'hugging-face') };
  assert.deepEqual(await runRecipe({ code, probe, environment }), [
    [
      [[black, white], 0],
      [[white, black], 1],
    ],
    ['circle', 'cross', 'square'],
    0,
    false,
  ]);
});

test('WebDataset reads exactly the shards of the split, and of two pods each has its own', async () => {
  const [code = '', ...more] = codeOf('WebDataset');
  assert.deepEqual(more, []);
  const probe = `
import json
from recipe import samples
print(json.dumps(sorted([pixels.tolist(), label] for pixels, label in samples)))
`;
  const read = (pod: Record<string, string>) =>
    runRecipe({ code, probe, environment: { ...variables(shards, 'shards'), ...pod } });
  const [first, second] = [[[[black, white]], 0] as const, [[[white, black]], 1] as const];
  assert.deepEqual(await read({}), [first, second]);
  assert.deepEqual(await read({ RANK: '0', WORLD_SIZE: '2' }), [first]);
  assert.deepEqual(await read({ RANK: '1', WORLD_SIZE: '2' }), [second]);
});

test('MLflow knows the dataset of the run afterwards, finds the run by it, and has dataset.json', async () => {
  const [code = '', ...more] = codeOf('MLflow');
  assert.deepEqual(more, []);
  const probe = `
import json
import mlflow
from recipe import provenance, run
client = mlflow.MlflowClient()
logged = client.get_run(run.info.run_id)
[given] = logged.inputs.dataset_inputs
dataset = given.dataset
artifact = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/dataset.json")
found = mlflow.search_runs(${/`mlflow\.search_runs\((filter_string=.*)\)`/.exec(section(page, 'MLflow'))?.[1]})
none = mlflow.search_runs(filter_string="dataset.digest = 'another'")
print(json.dumps({
  "name": dataset.name, "digest": dataset.digest, "type": dataset.source_type,
  "source": json.loads(dataset.source), "profile": json.loads(dataset.profile),
  "tags": {tag.key: tag.value for tag in given.tags}, "reference": logged.data.tags["dvc.dataset"],
  "artifact": artifact, "found": len(found), "none": len(none),
}))
`;
  const environment = {
    ...variables(pictures, 'train'),
    MLFLOW_TRACKING_URI: pathToFileURL(join(folder, 'mlruns')).href,
    MLFLOW_ALLOW_FILE_STORE: 'true', // in place of a server; since MLflow 3 not without being told
  };
  const repository = dataset.url.replace(/\.git$/, ''); // dataset.json has the canonical form
  const artifact = readFileSync(join(pictures, 'dataset.json'), 'utf8');
  assert.deepEqual(await runRecipe({ code, probe, environment }), {
    name: 'repository',
    digest: JSON.parse(artifact).oid,
    type: 'dvc',
    source: { repository, revision: dataset.sha, split: 'train' },
    profile: { files: 2, bytes: 2 * picture(black, white).length },
    tags: { 'mlflow.data.context': 'training' },
    reference: `${repository}@${dataset.sha}:train`,
    artifact,
    found: 1,
    none: 0,
  });
});

test('no recipe wrote into a dataset', () => {
  assert.equal(filesBefore.size, 2);
  for (const [tree, files] of filesBefore) {
    assert.ok(files.includes('split.txt'));
    assert.deepEqual(Object.keys(filesBelow(tree)).sort(), files);
  }
});
