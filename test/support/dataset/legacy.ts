/** Turns a dataset into one of DVC 2, whose objects have other names and places: what teams who began early still have. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Dataset } from './dataset.ts';

const script = join(import.meta.dirname, 'legacy.py');

/**
 * Commits the data of `dataset` as DVC 2 did, and leaves the remote with those objects alone. `adopt` is told of each
 * file of the remote that was written, as an S3 server must be. Returns the oid of the list, `….dir`.
 */
export async function convertToLegacy(dataset: Dataset, adopt: (file: string) => void = () => {}): Promise<string> {
  const { workTree, dataDir, remoteDirectory, tools } = dataset;
  rmSync(join(remoteDirectory, 'files'), { recursive: true });
  const { stdout } = await execa('python3', [script, workTree, dataDir, remoteDirectory], {
    env: tools.environment,
    extendEnv: false,
  });
  const [oid = '', ...written] = stdout.split('\n');
  written.forEach(adopt);
  await dataset.commit({});
  return oid;
}
