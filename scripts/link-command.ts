/** Makes the built command runnable by name in a checkout: npm links a package's `bin` for its dependants, not for itself. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';

const binDirectory = new URL('../node_modules/.bin/', import.meta.url);

mkdirSync(binDirectory, { recursive: true });
rmSync(new URL('dvc-injector', binDirectory), { force: true });
symlinkSync('../../dist/cli.js', new URL('dvc-injector', binDirectory));
