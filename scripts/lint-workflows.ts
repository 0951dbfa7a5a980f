/** Reads .github/workflows with actionlint; ends with its exit code, 0 where nothing is wrong. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { provideActionlint } from '../provision/actionlint.ts';

const root = join(import.meta.dirname, '..');
const workflows = globSync('.github/workflows/*.{yaml,yml}', { cwd: root });
if (workflows.length === 0) throw new Error('there is no workflow in .github/workflows');
// What the machine happens to have must not change the outcome.
const only = ['-shellcheck=', '-pyflakes='];
const { exitCode } = await execa(await provideActionlint(), ['-color', ...only, ...workflows], {
  cwd: root,
  reject: false,
  stdio: 'inherit',
});
process.exitCode = exitCode ?? 1;
