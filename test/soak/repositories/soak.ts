/** Plays recipes, and compares what our fetch makes of each with what the real DVC does. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { apart, assertCommitted, fetchPath, type Workshop } from '../../support/repositories/compare.ts';
import type { Repository } from '../../support/repositories/project.ts';
import { isWithin } from '../../support/repositories/pulled.ts';
import { makerOf, type Recipe, recipes } from './recipe.ts';

export interface RepositoryOptions {
  /** How many repositories are made. */
  runs: number;
  /** The same repositories for the same number. */
  seed: number;
}

/** How the recipes came out, so that a soak that only ever saw refusals is seen. */
export interface Played {
  fetched: number;
  refused: number;
}

/**
 * Resolves when all agree, or when those do that were played before `signal` came. Throws fast-check's error where two differ: with the seed, the smallest recipe that it found,
 * and what differs.
 */
export async function soakRepositories(
  workshop: Workshop,
  options: RepositoryOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<Played> {
  const played: Played = { fetched: 0, refused: 0 };
  const property = fc.asyncProperty(recipes, async (recipe) => {
    if (signal.aborted) return;
    played[await playRecipe(workshop, recipe)] += 1;
  });
  await fc.assert(property, { numRuns: options.runs, seed: options.seed, endOnFailure: true });
  return played;
}

/**
 * What DVC is asked with. For two outputs of one path it refuses the whole project; we do where it concerns the path that
 * is asked for, and else are to make of it what DVC makes of the same project without the second.
 */
async function comparable(workshop: Workshop, recipe: Recipe, repository: Repository): Promise<Repository> {
  const { overlapping, dataDir } = recipe;
  if (overlapping === null || isWithin(overlapping, dataDir) || isWithin(dataDir, overlapping)) return repository;
  return workshop.repositoryOf({ make: makerOf({ ...recipe, overlapping: null }) });
}

async function playRecipe(workshop: Workshop, recipe: Recipe): Promise<keyof Played> {
  const repository = await workshop.repositoryOf({ make: makerOf(recipe) });
  const pulled = await workshop.pull(await comparable(workshop, recipe, repository), recipe.dataDir);
  const { outcome, files } = await fetchPath(repository, recipe.dataDir, '*');
  const nothing = Object.keys(pulled.files).length === 0;
  if (pulled.exitCode !== 0 || nothing) {
    assert.ok([64, 65, 66].includes(outcome.exitCode ?? -1), `DVC: ${pulled.output}\nwe: ${outcome.output}`);
    assert.equal(outcome.terminationMessage.split('\n').length, 1);
    return 'refused';
  }
  assert.equal(outcome.exitCode, 0, outcome.output);
  const { data, metadata } = apart(files, recipe.dataDir);
  assert.deepEqual(data, pulled.files);
  await assertCommitted(repository, metadata);
  return 'fetched';
}
