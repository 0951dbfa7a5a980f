/** The folder of compiled modules: there for the children of a run, private, and gone with it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { compiledModules } from '../../support/suites/compile-cache.ts';

const module = pathToFileURL(join(import.meta.dirname, '../../support/suites/compile-cache.ts')).href;

test('a run names a folder that only its user may enter to its children, and removes it at its end', async () => {
  const script = `import { shareCompiledModules } from ${JSON.stringify(module)};
    import { statSync } from 'node:fs';
    shareCompiledModules();
    const folder = process.env.NODE_COMPILE_CACHE;
    console.log(JSON.stringify({ folder, mode: statSync(folder).mode & 0o777 }));`;
  const env = { NODE_COMPILE_CACHE: undefined };
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], { env });
  const { folder, mode } = JSON.parse(stdout);
  assert.equal(mode, 0o700);
  assert.equal(existsSync(folder), false);
});

test('a child of another environment gets the folder where there is one', () => {
  assert.deepEqual(compiledModules({ NODE_COMPILE_CACHE: '/folder', HOME: '/home' }), {
    NODE_COMPILE_CACHE: '/folder',
  });
  assert.deepEqual(compiledModules({ HOME: '/home' }), {});
});
