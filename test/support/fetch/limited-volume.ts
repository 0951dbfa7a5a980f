/** A volume with limits that no disk of this machine has: few hard links to a file or none, or a quota; by the benchmark's FUSE. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { providePrograms } from '../programs/programs.ts';
import { mountVolume, type Volume } from '../programs/slow-volume.ts';

/** As quick as the disk below: only the limits are played. */
const quick = ['-metadata-write=0', '-metadata-read=0', '-write=0', '-read=0'];

/** Mounts an empty one with these flags of the program, such as `-links=0`. */
export async function mountLimited(...flags: string[]): Promise<Volume> {
  const { efs } = await providePrograms();
  const run = mkdtempSync(join(tmpdir(), 'dvc-injector-limited-'));
  const volume = await mountVolume(efs, run, join(run, 'backing'), [...quick, ...flags]);
  return {
    ...volume,
    async [Symbol.asyncDispose]() {
      await volume[Symbol.asyncDispose]();
      rmSync(run, { recursive: true, force: true });
    },
  };
}
