/**
 * `--verify`: is what is published what the commit names? Every byte is read, and nothing on the volume is believed: whoever
 * may write there can make a tree whose own list and provenance agree with it.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type VolumeLayout, volumeLayout } from '../dataset/layout.ts';
import { splitFile } from '../dataset/provenance.ts';
import { readRegularFile } from './files/read-regular.ts';
import type { FetchOptions } from './options.ts';
import { type NamedDataset, withNamedDataset } from './read-dataset.ts';
import { bestEffort } from './report/best-effort.ts';
import { startProgress } from './report/progress.ts';
import { makeScratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { checkTree, type TreeCheck } from './tree/check.ts';
import { bytesOf, describeTree } from './tree/describe.ts';
import { findPublication, sampleOf } from './tree/find-published.ts';
import { factsOf, readFacts, sameFacts } from './tree/provenance.ts';
import { publishedPhase, readOrMakeState, type SampledFile } from './volume/state.ts';

/** What it came to: the published files and bytes, what is wrong with them, or null where nothing is published. */
export type Verdict = { sound: { files: number; bytes: number } } | { wrong: string } | null;

/**
 * Reads git, the list and every published file, and changes nothing; so it takes no lock, and does on a read-only volume.
 * @throws {FetchFailure} as `withNamedDataset`: where the commit can't be read, nothing can be verified
 */
export async function verifyPublished(options: FetchOptions, surroundings: FetchSurroundings): Promise<Verdict> {
  const layout = volumeLayout(options.volume);
  const found = await findPublication(layout, options);
  if (!found.published && found.state?.phase !== publishedPhase) return null;
  const { log, signal } = surroundings;
  const scratch = await makeScratch(options.scratch, options.volume);
  surroundings.atLastResort(() => scratch.emptyNow());
  const progress = startProgress(log, async () => {}); // the state file is a leader's to write
  try {
    return await withNamedDataset(options, { ...surroundings, layout, scratch, progress }, async (named) => {
      const { entries } = named.subset;
      await progress.begin('verify', entries.length);
      const check = await checkTree(layout.tree(options.key), named.shape, signal, progress.read);
      const problems = await problemsOf(check, named, { options, layout });
      if (problems.length > 0) return { wrong: problems.join('; ') };
      if (!found.published) return { wrong: found.why };
      return { sound: { files: entries.length, bytes: bytesOf(check.groups) } };
    });
  } finally {
    await progress.stop();
    await bestEffort('empty the scratch', log, () => scratch.empty());
  }
}

interface Published {
  options: FetchOptions;
  layout: VolumeLayout;
}

/** What isn't as the commit says, each as the end of a sentence about the dataset. */
async function problemsOf(check: TreeCheck, named: NamedDataset, { options, layout }: Published): Promise<string[]> {
  const tree = layout.tree(options.key);
  const { wrong, wrongCompanions, listIsRight, extraneous } = check;
  const [first] = wrong;
  const problems: string[] = [];
  if (first) problems.push(`${wrong.length} of its files are damaged, such as ${JSON.stringify(first.relpath)}`);
  if (extraneous.length > 0) {
    problems.push(`${extraneous.length} names in it are not the dataset's, such as ${JSON.stringify(extraneous[0])}`);
  }
  if (!listIsRight) problems.push(`its ${splitFile} does not list its files`);
  for (const [path, bytes] of named.companions) {
    const right =
      !wrongCompanions.includes(path) && (await readRegularFile(join(tree, path), bytes.length))?.equals(bytes);
    if (!right) problems.push(`its ${JSON.stringify(path)} is not the commit's`);
  }
  if (problems.length > 0) return problems; // figures of what is damaged are no use
  const { files, commit, subset, shape } = named;
  const { groups } = check;
  const content = { base: files.base, outputs: commit.outputs, datasetOid: files.oid, oid: subset.oid, groups };
  const expected = describeTree(options, content, { versions: { git: '', dvc: '' }, seconds: 0 });
  if (!sameFacts(factsOf(expected), await readFacts(tree))) problems.push('its dataset.json tells of other data');
  const state = await readOrMakeState(layout, options.key);
  if (!isDeepStrictEqual(lengthsOf(state?.sample ?? []), lengthsOf(await sampleOf(tree, shape, groups)))) {
    problems.push('its state tells of other files');
  }
  return problems;
}

/** By path, as the order tells nothing: a tree that was completed has its list at the end. */
function lengthsOf(sample: readonly SampledFile[]): Map<string, number> {
  return new Map(sample.map(({ path, bytes }) => [path, bytes]));
}
