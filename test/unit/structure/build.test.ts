/** What `npm run build` and the images' build make: the JavaScript, which tsc writes, and the Python that it reads. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { version } from '../../../src/version.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const sources = join(root, 'src');
const pythonBelow = (folder: string) => globSync('**/*.py', { cwd: folder }).sort();
const textOf = (...path: string[]) => readFileSync(join(...path), 'utf8');

describe('the built package', () => {
  let folder: string;
  let built: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'dvc-injector-build-'));
    built = join(folder, 'dist');
    for (const name of ['package.json', 'node_modules']) symlinkSync(join(root, name), join(folder, name));
    // The types are checked by `npm run check`, and to leave them is what makes this quick.
    execFileSync(process.execPath, [join(root, 'scripts', 'build.ts'), built, '--noCheck'], { stdio: 'inherit' });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('has every Python file of the sources, in the same place and with the same bytes', () => {
    const files = pythonBelow(sources);
    assert.ok(files.includes(join('fetch', 'dvc', 'python', 'sitecustomize.py')));
    assert.deepEqual(pythonBelow(built), files);
    for (const file of files) assert.equal(textOf(built, file), textOf(sources, file), file);
  });

  test('has a command that runs', () => {
    assert.match(execFileSync(join(built, 'cli.js'), ['--version'], { encoding: 'utf8' }), new RegExp(version));
  });
});

test('a checkout and the images are built by the same command', () => {
  const { scripts, files } = JSON.parse(textOf(root, 'package.json'));
  assert.match(scripts.build, /^node scripts\/build\.ts /);
  assert.match(textOf(root, 'Dockerfile'), /^RUN node scripts\/build\.ts$/m);
  assert.deepEqual(files, ['dist']);
});
