/**
 * Published already? The first question of every start, answered by a few small reads, without git, DVC or network. It
 * believes whoever may write to the volume; `--verify` asks the commit instead.
 */
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { pointerTarget, type VolumeLayout } from '../../dataset/layout.ts';
import { splitFile } from '../../dataset/provenance.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { hasCode, isAbsent, isDamage } from '../failure/system-error.ts';
import { realFolders } from '../volume/folders.ts';
import { publishedPhase, readOrMakeState, type SampledFile, type State } from '../volume/state.ts';
import { readProvenance, type TreeProvenance } from './provenance.ts';
import { allEntries, pathInTree, type SizedGroup, smallFiles, type TreeShape } from './shape.ts';

/**
 * Either what is there, or why it has to be fetched. `state` is what was last written, by whomever; `incomplete` where a
 * whole tree lacks only the list of its files, as older versions wrote none.
 */
export type Publication =
  | { published: true; provenance: TreeProvenance }
  | { published: false; why: string; state: State | null; incomplete: boolean };

/**
 * Looks at the state, then at the pointer and the tree. In this order: `datasets/<key>` must not be looked up while it
 * may be absent, as NFS would answer "absent" for 30–60 s after another pod has made it.
 */
export async function findPublication(layout: VolumeLayout, { key }: DatasetIdentity): Promise<Publication> {
  const state = await readOrMakeState(layout, key);
  const no = (why: string, incomplete = false): Publication => ({ published: false, why, state, incomplete });
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
  const incomplete = !state.sample?.some(({ path }) => path === splitFile);
  if (incomplete) return no('an older version published it, without the list of its files', incomplete);
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

const sampledFiles = 32;

/** Some files of a tree, evenly spread over it, and the small files beside them: what every later start looks at. */
export async function sampleOf(
  tree: string,
  shape: Pick<TreeShape, 'base' | 'companions'>,
  groups: readonly SizedGroup[],
): Promise<SampledFile[]> {
  // The commit may track thousands of files one by one, each with a companion; the list comes last and is always among them.
  const small = spread(smallFiles(shape)).map(async (path) => ({ path, bytes: (await lstat(join(tree, path))).size }));
  const sizeOf = sizesOf(groups);
  const data = spread(allEntries(groups)).flatMap((entry) => {
    const bytes = sizeOf(entry);
    return bytes === undefined ? [] : [{ path: pathInTree(shape, entry.relpath), bytes }];
  });
  return [...(await Promise.all(small)), ...data];
}

/** At most some dozens, the first and the last among them. */
function spread<T>(items: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(items.length / sampledFiles));
  return items.filter((_, index) => index % step === 0 || index === items.length - 1);
}

/** The same hash of two kinds is not the same object: each file is looked up in its own group. */
function sizesOf(groups: readonly SizedGroup[]): (entry: DirEntry) => number | undefined {
  const [first, second] = groups;
  if (!second) return ({ md5 }) => first?.sizes.get(md5);
  const groupOf = new Map(groups.flatMap((group) => group.entries.map((entry) => [entry, group] as const)));
  return (entry) => groupOf.get(entry)?.sizes.get(entry.md5);
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
