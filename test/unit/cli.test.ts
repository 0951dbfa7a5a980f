/** Which Node runs this: one answer in every place that gives it, and one sentence for whoever comes with an older one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findExecutable, pathFolders } from '../../provision/binaries.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-old-node-'));
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'package.json'), read('package.json'));
  // The launcher alone, as the compiler leaves it: whatever it asked for beside itself would not be there.
  writeFileSync(join(folder, 'dist', 'cli.js'), stripTypeScriptTypes(read('src/cli.ts')));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Every other Node on the PATH that is too old for us but knows modules with `await` in them. */
function olderNodes(): { node: string; version: string }[] {
  return pathFolders().flatMap((each) => {
    const node = findExecutable('node', [each]);
    if (!node) return [];
    const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim();
    const major = Number(version.split('.')[0]);
    return major >= 16 && major < 24 ? [{ node, version }] : [];
  });
}

/** Runs the launcher, and says that it named `version`, and what else there is to know, in one sentence. */
function assertRefused(node: string, before: string[], version: string): void {
  const { status, stdout, stderr } = spawnSync(node, [...before, join(folder, 'dist', 'cli.js'), 'fetch'], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [78, '']);
  assert.equal(
    stderr,
    `dvc-injector needs Node 24 or newer, and this is Node ${version}: ` +
      'run it as npx dvc-injector in a checkout, where npm ci installs Node 24, or install that yourself.\n',
  );
}

test('an older Node: 78 and one sentence, before anything but the launcher is read', (t) => {
  const pretence = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.23.24' } })";
  assertRefused(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(pretence)}`], '22.23.24');
  const older = olderNodes();
  for (const { node, version } of older) assertRefused(node, [], version);
  t.diagnostic(
    `asked for real: ${older.map(({ version }) => `Node ${version}`).join(', ') || 'no older Node is here'}`,
  );
});

test('this Node: the commands are loaded, and their exit code is the launcher’s', () => {
  writeFileSync(join(folder, 'dist', 'commands.ts'), 'export const main = async (args: string[]) => args.length;\n');
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'dist', 'cli.js'), 'one', 'two'], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [2, '']);
});

test('package.json, the launcher, the scripts, the images and the README want the same Node', () => {
  const manifest = JSON.parse(read('package.json'));
  assert.equal(manifest.engines.node, '>=24');
  for (const [name, version] of Object.entries<string>(manifest.optionalDependencies)) {
    assert.match(version, /^24\./, name);
  }
  assert.match(manifest.devDependencies['@types/node'], /^24\./);
  assert.match(read('src/cli.ts'), /^const oldest = 24;$/m);
  assert.match(read('scripts/require-node-24.mjs'), /major < 24\b/);
  assert.match(read('Dockerfile'), /^ARG NODE_IMAGE=node:24-/m);
  assert.match(read('README.md'), /runs on Node 24, which `npm ci` puts into the checkout/);
});
