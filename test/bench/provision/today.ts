/** The rows of what teams do without us: git and DVC straight onto the volume. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mountVolume } from '../../support/programs/slow-volume.ts';
import { type Bench, figuresOf, missingFrom } from './bench.ts';
import { checkFiles } from './check-files.ts';
import { type Entry, splitOf } from './dataset.ts';
import type { Command } from './measure.ts';
import type { Figures } from './row.ts';

/** Figures that may be extrapolated, and then from what. */
export type Today = { figures: Figures; extrapolatedFrom: string | null };

/** Row a: clone, then pull everything. Datasets of more than 2,000 files are extrapolated from two samples. */
export async function cloneAndPull(bench: Bench): Promise<Today> {
  const { first, samples } = bench.dataset;
  if (first.entries.length <= samples.large.entries.length) {
    return { figures: await pull(bench, 'main', first.entries, []), extrapolatedFrom: null };
  }
  const small = await pull(bench, 'small', samples.small.entries, []);
  const large = await pull(bench, 'large', samples.large.entries, []);
  return extrapolate(small, large, first.entries.length);
}

/** Row b: pull the split's paths only. With --quick, from the first hundred and the first four hundred. */
export async function pullPaths(bench: Bench): Promise<Today> {
  const pullFirst = (count: number) => {
    const entries = splitOf(bench.dataset.first, bench.dataset.order, count, 'first');
    return pull(bench, 'main', entries, entries);
  };
  const { split, quick } = bench.options;
  const sizes = { small: 100, large: 400 };
  if (!quick || split <= sizes.large) return { figures: await pullFirst(split), extrapolatedFrom: null };
  return extrapolate(await pullFirst(sizes.small), await pullFirst(sizes.large), split);
}

/** Pulls a few files into a plain folder, so that no row pays for the first import of DVC's modules. */
export async function warmUp(bench: Bench): Promise<void> {
  const folder = bench.fresh('warm-up');
  mkdirSync(folder);
  await figuresOf(bench, commands(bench, folder, 'small', []), 'in order', { files: 0, missing: 0 });
  rmSync(folder, { recursive: true });
}

async function pull(
  bench: Bench,
  branch: string,
  entries: readonly Entry[],
  targets: readonly Entry[],
): Promise<Figures> {
  const backing = bench.fresh('backing');
  await using volume = await mountVolume(bench.programs.efs, bench.run, backing);
  const result = { files: entries.length, missing: missingFrom([], entries) };
  const figures = await figuresOf(bench, commands(bench, volume.point, branch, targets), 'in order', result);
  checkFiles(join(backing, 'clone', 'data'), entries);
  rmSync(backing, { recursive: true });
  return figures;
}

function commands(bench: Bench, folder: string, branch: string, targets: readonly Entry[]): Command[] {
  const clone = join(folder, 'clone');
  const env = {
    ...bench.tools,
    ...bench.outside.credentials,
    DVC_SITE_CACHE_DIR: bench.fresh('site-cache'), // where DVC remembers: a new pod has it on its own disk, empty
  };
  const paths = targets.map(({ path }) => `data/${path}`);
  return [
    {
      program: 'git',
      args: ['clone', '--quiet', '--branch', branch, bench.outside.repository, clone],
      cwd: folder,
      env,
    },
    { program: 'dvc', args: ['pull', ...paths], cwd: clone, env },
  ];
}

/** A straight line through two samples, so that what each pull takes once is not multiplied. Memory and processor time aren't. */
function extrapolate(small: Figures, large: Figures, files: number): Today {
  const line = (key: 'seconds' | 's3Objects' | 's3Requests' | 's3Bytes') =>
    large[key] + ((large[key] - small[key]) / (large.files - small.files)) * (files - large.files);
  const round = (key: 's3Objects' | 's3Requests' | 's3Bytes') => Math.round(line(key));
  const extrapolatedFrom = `${small.files} files in ${small.seconds.toFixed(1)} s and ${large.files} in ${large.seconds.toFixed(1)} s`;
  return {
    figures: {
      ...large,
      files,
      missing: files,
      seconds: line('seconds'),
      s3Objects: round('s3Objects'),
      s3Requests: round('s3Requests'),
      s3Bytes: round('s3Bytes'),
      cpu: null,
    },
    extrapolatedFrom,
  };
}
