/** Real DVC with little memory, as in a pod: an attack that makes it take ever more must not take the machine's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { provideDvc } from '../../../provision/dvc.ts';

const kibibytes = 3 * 1024 * 1024;

/** The PATH that has it, in `folder`. */
export async function boundedDvc(folder: string): Promise<string> {
  const bin = join(folder, 'bounded');
  mkdirSync(bin, { recursive: true });
  const program = join((await provideDvc()).bin, 'dvc');
  writeFileSync(join(bin, 'dvc'), `#!/bin/sh\nulimit -v ${kibibytes}\nexec '${program}' "$@"\n`, { mode: 0o755 });
  return [bin, process.env.PATH].join(delimiter);
}
