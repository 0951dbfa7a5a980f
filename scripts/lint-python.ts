/** Runs ruff over every Python file of the repository: it says what is wrong, or with --fix it formats and mends what it can. */
import { join } from 'node:path';
import { execa } from 'execa';
import { provideRuff } from '../provision/ruff.ts';

const root = join(import.meta.dirname, '..');
const ruff = await provideRuff();
const steps = process.argv.includes('--fix') ? [['check', '--fix'], ['format']] : [['format', '--check'], ['check']];
let failed = false;
for (const step of steps) {
  // Without a cache: the files are few, and none is left in the checkout.
  const run = await execa(ruff, [...step, '--no-cache', '--quiet', '.'], {
    cwd: root,
    stdio: 'inherit',
    reject: false,
  });
  failed ||= run.failed;
}
process.exit(failed ? 1 : 0);
