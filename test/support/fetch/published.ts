/** A place in which one dataset is published, for tests of what happens to it afterwards. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findExecutable } from '../../../provision/binaries.ts';
import { filesBelow, type Outcome, type Place, type StartOptions } from './fetcher.ts';

/** Paths of the only dataset on a volume. */
export interface Published {
  key: string;
  tree: string;
  pointer: string;
  state: string;
}

/** Fetches, expects success, and says where everything is. */
export async function publish(place: Place, reference: string, options?: StartOptions): Promise<Published & Outcome> {
  const outcome = await place.fetch(reference, options);
  assert.equal(outcome.exitCode, 0, outcome.output);
  const [key = ''] = readdirSync(join(place.volume, 'datasets'));
  const of = (folder: string, name: string) => join(place.volume, folder, name);
  return { ...outcome, key, tree: of('trees', key), pointer: of('datasets', key), state: of('state', `${key}.json`) };
}

/** The tree's data folder has exactly these files. */
export function assertFiles(tree: string, files: Readonly<Record<string, string>>): void {
  assert.deepEqual(
    filesBelow(join(tree, 'data')),
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
  );
}

/** An environment on whose PATH exactly these programs are. */
export function pathWith(place: Place, ...programs: string[]): { PATH: string } {
  const folder = mkdtempSync(join(dirname(place.scratch), 'path-'));
  for (const program of programs) symlinkSync(findExecutable(program) ?? assert.fail(program), join(folder, program));
  return { PATH: folder };
}
