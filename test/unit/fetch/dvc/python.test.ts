/** Our Python by its own tests (python/test_*.py), which run with the libraries of the locked DVC: one test here for each file. */
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { execa } from 'execa';
import { provideDvc } from '../../../../provision/dvc.ts';
import { pythonEnvironment } from '../../../../provision/python.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const tests = join(import.meta.dirname, 'python');
const files = globSync('test_*.py', { cwd: tests }).sort();

describe('our Python', { concurrency: 2 }, () => {
  let bin: string;
  let home: string;
  let PYTHONPATH: string;
  before(async () => {
    bin = (await provideDvc()).bin;
    home = mkdtempSync(join(tmpdir(), 'dvc-injector-python-'));
    // httpx is among what the images have with DVC_EXTRAS only.
    const webdav = await pythonEnvironment('DVC-webdav', join(root, 'requirements', 'dvc-webdav.txt'));
    const packages = globSync(join(dirname(webdav), 'lib', 'python3*', 'site-packages'));
    PYTHONPATH = packages.join(delimiter);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  for (const file of files) {
    test(`${file} passes, and skips nothing`, async () => {
      const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home, PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1' };
      const options = { cwd: tests, env, extendEnv: false, all: true, reject: false } as const;
      const { failed, all } = await execa(join(bin, 'python'), ['-m', 'unittest', '--verbose', file], options);
      assert.ok(!failed, all);
      const ran = /^Ran ([1-9][0-9]*) tests? in .*\n\nOK$/m;
      assert.match(all, ran);
    });
  }
});

test('each of our Python files has a file of tests', () => {
  const modules = globSync('**/*.py', { cwd: join(root, 'src', 'fetch', 'dvc', 'python') });
  assert.deepEqual(files, modules.map((module) => `test_${module}`).sort());
});
