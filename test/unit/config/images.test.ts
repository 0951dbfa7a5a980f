/** One registry: whatever names a published image or chart names it as src/config/images.ts does. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { charts, images, registry } from '../../../src/config/images.ts';

const root = join(import.meta.dirname, '../../..');
const files = globSync(
  [
    '*.md',
    'Dockerfile',
    '.github/**/*.{md,yaml,yml}',
    '{docs,examples,test,demo,certs}/**/*.{md,yaml}',
    'deploy/**/*.{md,yaml,json,tpl,txt}',
    '{docs,scripts,demo}/**/*.ts',
    'src/**/*.ts',
  ],
  { cwd: root },
);

/** Each name in the registry's organisation that a file holds, without tag or digest. */
const namesIn = (text: string) => [...text.matchAll(/ghcr\.io\/dvc-injector[\w/-]*/g)].map(([name]) => name);

test('every page, example, template and fixture names the images and the chart as the code does', () => {
  const known = [images.webhook, images.fetcher, registry, `${registry}/`, charts, `${charts}/dvc-injector`];
  const named = files.flatMap((file) =>
    namesIn(readFileSync(join(root, file), 'utf8')).map((name) => ({ file, name })),
  );
  assert.deepEqual(
    named.filter(({ name }) => !known.includes(name)),
    [],
  );
  const inFiles = new Set(named.map(({ file }) => file));
  for (const file of ['Dockerfile', 'docs/install.md', 'deploy/chart/values.yaml', 'test/golden/standard-fetcher.yaml'])
    assert.ok(inFiles.has(file), file);
});

test('no file names an image of ours without a registry', () => {
  const bare = files
    .filter((file) => !file.startsWith('src/'))
    .filter((file) =>
      /(?:image: |-t |repository: )"?dvc-injector(?:-fetcher)?\b/.test(readFileSync(join(root, file), 'utf8')),
    );
  assert.deepEqual(bare, []);
});
