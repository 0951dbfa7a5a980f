/** The rows of `dvc-injector fetch`, started with the environment that the image and the webhook give the init container. */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { defaultDirectories } from '../../../src/dataset/directories.ts';
import { datasetKey } from '../../../src/dataset/key.ts';
import { volumeLayout } from '../../../src/dataset/layout.ts';
import { parseReference } from '../../../src/dataset/reference.ts';
import { imageEnvironment } from '../../support/images/environment.ts';
import { mountVolume } from '../../support/programs/slow-volume.ts';
import { type Bench, figuresOf, missingFrom } from './bench.ts';
import { checkFiles } from './check-files.ts';
import { type Entry, splitOf, type Version } from './dataset.ts';
import type { Command } from './measure.ts';
import { splits } from './repository.ts';
import type { Figures } from './row.ts';

/** A dataset to be fetched, and the files that it has. */
interface Wanted {
  reference: string;
  key: string;
  entries: readonly Entry[];
}

/** Fetches the split onto a fresh volume; returns the volume's backing folder for the rows that build on it. */
export async function cold(bench: Bench): Promise<{ figures: Figures; backing: string }> {
  const backing = bench.fresh('backing');
  return { figures: await fetchOnce(bench, backing, wantedSplit(bench), []), backing };
}

/** The same again: nothing is missing. */
export function warm(bench: Bench, backing: string): Promise<Figures> {
  const wanted = wantedSplit(bench);
  return fetchOnce(bench, backing, wanted, wanted.entries);
}

/** A split that shares half of its files with the one that is there. */
export function secondSplit(bench: Bench, backing: string): Promise<Figures> {
  return fetchOnce(bench, backing, wantedSplit(bench, 'second'), wantedSplit(bench).entries);
}

/** The same split at a commit with other bytes in one file of a hundred. */
export function changedCommit(bench: Bench, backing: string): Promise<Figures> {
  const { dataset, outside } = bench;
  const wanted = wantedSplit(bench, 'first', outside.commits.changed, dataset.changed);
  return fetchOnce(bench, backing, wanted, wantedSplit(bench).entries);
}

/** Eight pods that want the same at the same moment: four on each of two nodes, whose caches know nothing of each other. */
export async function together(bench: Bench): Promise<Figures> {
  const backing = bench.fresh('backing');
  await using left = await mountVolume(bench.programs.efs, bench.run, backing);
  await using right = await mountVolume(bench.programs.efs, bench.run, backing);
  const wanted = wantedSplit(bench);
  const nodes = [left, right, left, right, left, right, left, right];
  const commands = nodes.map((node) => fetchCommand(bench, node.point, wanted));
  const figures = await figuresOf(bench, commands, 'together', resultOf(wanted, []));
  for (const { scratch } of commands) rmSync(scratch, { recursive: true });
  checkTree(backing, wanted);
  rmSync(backing, { recursive: true });
  return figures;
}

async function fetchOnce(bench: Bench, backing: string, wanted: Wanted, known: readonly Entry[]): Promise<Figures> {
  await using volume = await mountVolume(bench.programs.efs, bench.run, backing);
  const command = fetchCommand(bench, volume.point, wanted);
  const figures = await figuresOf(bench, [command], 'together', resultOf(wanted, known));
  rmSync(command.scratch, { recursive: true });
  checkTree(backing, wanted);
  return figures;
}

function fetchCommand(bench: Bench, volume: string, wanted: Wanted): Command & { scratch: string } {
  const [program, ...args] = bench.cli;
  const scratch = bench.fresh('scratch');
  mkdirSync(scratch);
  return {
    program,
    args: [...args, 'fetch'],
    cwd: bench.run,
    scratch,
    env: {
      ...imageEnvironment('fetcher'),
      PATH: bench.tools.PATH ?? '',
      ...bench.outside.credentials,
      DVC_INJECTOR_KEY: wanted.key,
      DVC_INJECTOR_DATASET: wanted.reference,
      DVC_INJECTOR_VOLUME: volume,
      DVC_INJECTOR_SCRATCH: scratch,
      DVC_INJECTOR_ALLOW_SCHEME: 'http',
      DVC_INJECTOR_ALLOW_ENDPOINT: bench.outside.endpoint,
    },
  };
}

function wantedSplit(
  { outside, dataset, options }: Bench,
  which: 'first' | 'second' = 'first',
  commit: string = outside.commits.main,
  version: Version = dataset.first,
): Wanted {
  const reference = `${outside.repository}@${commit}:${splits[which]}`;
  const parsed = parseReference(reference, { schemes: ['http'], aliases: {} });
  const entries = splitOf(version, dataset.order, options.split, which);
  return { reference, key: datasetKey(parsed, defaultDirectories), entries };
}

function resultOf(wanted: Wanted, known: readonly Entry[]) {
  return { files: wanted.entries.length, missing: missingFrom(known, wanted.entries) };
}

function checkTree(backing: string, wanted: Wanted): void {
  checkFiles(join(volumeLayout(backing).pointer(wanted.key), defaultDirectories.dataDir), wanted.entries);
}
