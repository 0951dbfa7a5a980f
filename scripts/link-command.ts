/** Makes the built command runnable by name in a checkout: npm links a package's `bin` for its dependants, not for itself. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';

const command = new URL('../dist/cli.js', import.meta.url);
const binDirectory = new URL('../node_modules/.bin/', import.meta.url);

chmodSync(command, 0o755);
mkdirSync(binDirectory, { recursive: true });
rmSync(new URL('dvc-injector', binDirectory), { force: true });
symlinkSync('../../dist/cli.js', new URL('dvc-injector', binDirectory));
