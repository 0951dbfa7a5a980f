/** What every fault must come to: its exit code and one sentence, nothing published, nothing left, and a cure. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { volumeLayout } from '../../../src/dataset/layout.ts';
import { leftovers, type Outcome, type Place, publishedFolder, type StartOptions } from './fetcher.ts';

/** No fetch of a test takes so long, on however slow a machine: one that does hangs. */
const hangs = 240_000;

/** As `place.fetch`, and fails where the fetch hangs. */
export async function endedFetch(place: Place, reference: string, options?: StartOptions): Promise<Outcome> {
  const running = place.start(reference, options);
  const late = new AbortController();
  const timer = sleep(hangs, 'hangs' as const, { signal: late.signal }).catch(() => 'ended' as const);
  const first = await Promise.race([running.ended, timer]);
  late.abort();
  if (typeof first !== 'string') return first;
  running.process.kill('SIGTERM');
  const { output } = await running.ended;
  assert.fail(`the fetch hung for ${hangs / 1000} s:\n${output}`);
}

/** Fetches, expects this failure, and that it left nothing. */
export async function fails(
  place: Place,
  reference: string,
  exitCode: number,
  sentence: RegExp,
  options?: StartOptions,
): Promise<Outcome> {
  const outcome = await endedFetch(place, reference, options);
  assert.equal(outcome.exitCode, exitCode, outcome.output);
  assert.match(outcome.terminationMessage, sentence);
  assert.equal(outcome.terminationMessage.split('\n').length, 1);
  assert.equal(outcome.log.at(-1)?.msg, outcome.terminationMessage);
  assert.equal(publishedFolder(place.volume), undefined);
  assert.deepEqual(leftovers(place), []);
  return outcome;
}

/** Fetches, and expects that it is published and left nothing. */
export async function succeeds(place: Place, reference: string, options?: StartOptions): Promise<void> {
  const { exitCode, output } = await endedFetch(place, reference, options);
  assert.equal(exitCode, 0, output);
  assert.notEqual(publishedFolder(place.volume), undefined);
  assert.deepEqual(leftovers(place), []);
}

/** The ids of the objects that the volume's cache holds. */
export function cachedObjects(volume: string): Set<string> {
  const { cache } = volumeLayout(volume);
  if (!existsSync(cache)) return new Set();
  return new Set(
    readdirSync(cache).flatMap((folder) => readdirSync(join(cache, folder)).map((rest) => `${folder}${rest}`)),
  );
}
