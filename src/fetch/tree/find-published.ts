/**
 * Published already? The first question of every start, answered by a few small reads, without git, DVC or network. It
 * believes whoever may write to the volume; `--verify` asks the commit instead.
 */
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { pointerTarget, type VolumeLayout } from '../../dataset/layout.ts';
import { hasCode, isAbsent, isDamage } from '../failure/system-error.ts';
import { realFolders } from '../volume/folders.ts';
import { publishedPhase, readOrMakeState, type SampledFile, type State } from '../volume/state.ts';
import { readProvenance, type TreeProvenance } from './provenance.ts';
import type { TreeShape } from './shape.ts';
import type { Sizes } from './write.ts';

/** Either what is there, or why it has to be fetched. `state` is what was last written, by whomever. */
export type Publication =
  | { published: true; provenance: TreeProvenance }
  | { published: false; why: string; state: State | null };

/**
 * Looks at the state, then at the pointer and the tree. In this order: `datasets/<key>` must not be looked up while it
 * may be absent, as NFS would answer "absent" for 30–60 s after another pod has made it.
 */
export async function findPublication(layout: VolumeLayout, { key }: DatasetIdentity): Promise<Publication> {
  const state = await readOrMakeState(layout, key);
  const no = (why: string): Publication => ({ published: false, why, state });
  if (state?.phase !== publishedPhase) return no('nobody has published it yet');
  if (!(await pointsToTree(layout, key))) return no('its pointer is gone');
  const tree = layout.tree(key);
  const isReal = realFolders(layout.root);
  if (!(await isReal(relative(layout.root, tree)))) return no('its tree is gone');
  const provenance = await readProvenance(tree, key);
  if (!provenance) return no('its tree is gone');
  for (const { path, bytes } of state.sample ?? []) {
    const file = join(tree, path);
    // Through a link in the place of a folder anything could be seen.
    const inPlace = await isReal(relative(layout.root, dirname(file)));
    if (!inPlace || !(await hasSize(file, bytes))) return no(`its file ${JSON.stringify(path)} is damaged`);
  }
  return { published: true, provenance };
}

/** True where the dataset's pointer is the symlink that it must be. */
export async function pointsToTree(layout: VolumeLayout, key: string): Promise<boolean> {
  try {
    return (await readlink(layout.pointer(key))) === pointerTarget(key);
  } catch (error) {
    if (isAbsent(error) || hasCode(error, 'EINVAL')) return false; // EINVAL: no link
    throw error;
  }
}

/** Some files of a tree, evenly spread over it, and its companion files: what every later start looks at. */
export async function sampleOf(
  tree: string,
  { companions, entries, directories }: TreeShape,
  sizes: Sizes,
): Promise<SampledFile[]> {
  const small = companions.map(async (path) => ({ path, bytes: (await lstat(join(tree, path))).size }));
  const step = Math.max(1, Math.ceil(entries.length / 32));
  const data = entries
    .filter((_, index) => index % step === 0 || index === entries.length - 1)
    .flatMap(({ md5, relpath }) => {
      const bytes = sizes.get(md5);
      return bytes === undefined ? [] : [{ path: `${directories.dataDir}/${relpath}`, bytes }];
    });
  return [...(await Promise.all(small)), ...data];
}

async function hasSize(path: string, bytes: number): Promise<boolean> {
  try {
    const found = await lstat(path);
    return found.isFile() && found.size === bytes;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
