/** Shows what the webhook changed as a unified diff of two YAML files. */
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { inColour } from './screen.ts';
import type { Workspace } from './workspace.ts';

/** The lines of the difference without its header, coloured where the screen is. */
export async function difference(workspace: Workspace, before: object, after: object): Promise<string> {
  const [from, to] = [workspace.path('before.yaml'), workspace.path('after.yaml')];
  writeFileSync(from, stringify(before, { lineWidth: 0 }));
  writeFileSync(to, stringify(after, { lineWidth: 0 }));
  const options = ['--no-index', '--unified=100', `--color=${inColour ? 'always' : 'never'}`];
  // git's exit code 1 means that there are differences. No configuration of the user's may call a pager or another program.
  const { stdout, exitCode, stderr } = await execa(
    'git',
    ['diff', '--no-ext-diff', '--no-textconv', ...options, from, to],
    {
      reject: false,
      env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
      cwd: workspace.path('.'),
    },
  );
  if (exitCode !== 1) throw new Error(`git diff failed: ${stderr}`);
  const lines = stdout.split('\n');
  return lines.slice(lines.findIndex((line) => line.includes('@@')) + 1).join('\n');
}
