/** The row that nobody can be quicker than: the split's objects, 64 at a time, checked and written once. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountVolume } from '../../support/programs/slow-volume.ts';
import { type Bench, figuresOf, missingFrom } from './bench.ts';
import { checkFiles } from './check-files.ts';
import { splitOf } from './dataset.ts';
import type { Figures } from './row.ts';

/** Row h, on a fresh volume. */
export async function floor(bench: Bench): Promise<Figures> {
  const { programs, dataset, options, outside, run } = bench;
  const entries = splitOf(dataset.first, dataset.order, options.split, 'first');
  const list = bench.fresh('list');
  writeFileSync(list, entries.map(({ md5, path }) => `${md5}\t${path}\n`).join(''));
  const backing = bench.fresh('backing');
  await using volume = await mountVolume(programs.efs, run, backing);
  const args = ['--endpoint', outside.endpoint, '--bucket', outside.bucket, '--list', list];
  const command = {
    program: programs.floor,
    args: [...args, '--to', join(volume.point, 'data')],
    cwd: run,
    env: { ...outside.credentials },
  };
  const result = { files: entries.length, missing: missingFrom([], entries) };
  const figures = await figuresOf(bench, [command], 'together', result);
  checkFiles(join(backing, 'data'), entries);
  rmSync(backing, { recursive: true });
  return figures;
}
