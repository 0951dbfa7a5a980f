/**
 * Builds the package, for a checkout and for the images alike: the JavaScript by tsc, and beside it the Python, of which
 * tsc takes no notice. Arguments: the folder (default dist), further options for tsc.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const sources = join(root, 'src');
const [folder = join(root, 'dist'), ...options] = process.argv.slice(2);
const built = resolve(folder);

const tsc = join(root, 'node_modules', '.bin', 'tsc');
execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', built, ...options], { cwd: root, stdio: 'inherit' });
chmodSync(join(built, 'cli.js'), 0o755);
for (const stale of globSync('**/*.py', { cwd: built })) rmSync(join(built, stale));
for (const file of globSync('**/*.py', { cwd: sources })) cpSync(join(sources, file), join(built, file));
