/** Looks whether a row really provided what it was to provide: a quick fetcher of wrong bytes is none. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './dataset.ts';
import { CommandFailed } from './measure.ts';

/** Throws CommandFailed unless the folder holds exactly these files with these bytes. */
export function checkFiles(folder: string, expected: readonly Entry[]): void {
  for (const { path, md5 } of expected) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(folder, path));
    } catch (error) {
      throw new CommandFailed(`it ended well, but ${path} can't be read: ${(error as Error).message}`);
    }
    if (createHash('md5').update(bytes).digest('hex') !== md5) {
      throw new CommandFailed(`it ended well, but ${path} has wrong bytes`);
    }
  }
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => !each.isDirectory());
  if (found.length !== expected.length) {
    throw new CommandFailed(`it ended well, but there are ${found.length} files in place of ${expected.length}`);
  }
}
