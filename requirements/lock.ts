/** Locks DVC and each extra by hash: dvc.txt, and per extra only what it adds, at one version of each package for all; and what tests and checks run. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const folder = import.meta.dirname;
const base = 'dvc.txt';
const extras = readdirSync(folder)
  .filter((name) => /^dvc-[a-z]+\.in$/.test(name))
  .map((name) => name.replace(/\.in$/, '.txt'))
  .sort();
const upgrade = process.argv.includes('--upgrade') ? ['--upgrade'] : [];

await compile('ruff.txt', []);
await compile('recipes.txt', []);
await compile('older-dvc.txt', []);
await compile(base, []);
const locked = [base];
for (const extra of extras) {
  await compile(extra, locked);
  const has = packagesOf(base);
  const added = blocks(extra).filter(([name]) => name === undefined || !has.has(name));
  writeFileSync(join(folder, extra), added.map(([, text]) => text).join(''));
  locked.push(extra);
}

/** Runs uv; what the files of `constraints` lock already keeps its version. */
async function compile(output: string, constraints: readonly string[]): Promise<void> {
  const flags = ['--universal', '--generate-hashes', '--python-version', '3.11', '--no-header', '--no-annotate'];
  const files = constraints.flatMap((name) => ['--constraint', name]);
  const input = output.replace(/\.txt$/, '.in');
  await execa('uv', ['pip', 'compile', ...flags, ...upgrade, ...files, input, '--output-file', output], {
    cwd: folder,
    stderr: 'inherit',
  });
  const made = '# Made by: node requirements/lock.ts\n';
  writeFileSync(join(folder, output), made + readFileSync(join(folder, output), 'utf8'));
}

function packagesOf(file: string): Set<string | undefined> {
  return new Set(blocks(file).map(([name]) => name));
}

/** A lock file in pieces: a package's name and its lines; the comment at the top has no name. */
function blocks(file: string): [name: string | undefined, text: string][] {
  const pieces = readFileSync(join(folder, file), 'utf8').split(/^(?=[a-z0-9])/m);
  return pieces.map((text) => [/^([a-z0-9][a-z0-9.-]*)(?:\[[^\]]*\])?==/.exec(text)?.[1], text]);
}
