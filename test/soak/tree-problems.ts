/** What is wrong with a published tree, if anything: for the watcher, which looks all the time, and for the end. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pointerTarget, volumeLayout } from '../../src/dataset/layout.ts';
import type { Wanted } from './wanted.ts';

/** A look at the names and sizes takes a hundredth of the time that reading every byte takes. */
export type Depth = 'sizes' | 'bytes';

const shown = 5;

/** Looks at `datasets/<key>`: null where there is none, else what is wrong with what it shows, empty if it is whole. */
export function publishedProblems(volume: string, wanted: Wanted, depth: Depth): string[] | null {
  const layout = volumeLayout(volume);
  const pointer = layout.pointer(wanted.key);
  const status = lstatSync(pointer, { throwIfNoEntry: false });
  if (!status) return null;
  if (!status.isSymbolicLink()) return [`datasets/${wanted.key} is no symlink`];
  if (readlinkSync(pointer) !== pointerTarget(wanted.key)) return [`datasets/${wanted.key} leads elsewhere`];
  return treeProblems(layout.tree(wanted.key), wanted, depth);
}

function treeProblems(tree: string, wanted: Wanted, depth: Depth): string[] {
  if (!lstatSync(tree, { throwIfNoEntry: false })?.isDirectory()) return ['the pointer dangles'];
  const found = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const problems = found.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name).slice(tree.length + 1);
    const problem = entry.isFile() ? fileProblem(tree, path, wanted, depth) : 'is no regular file';
    return problem ? [`${path} ${problem}`] : [];
  });
  if (found.length !== wanted.tree.size) problems.push(`${found.length} files in place of ${wanted.tree.size}`);
  const more = problems.length - shown;
  return more > 0 ? [...problems.slice(0, shown), `and ${more} more`] : problems;
}

function fileProblem(tree: string, path: string, { tree: files }: Wanted, depth: Depth): string | null {
  const content = files.get(path);
  if (content === undefined) return 'does not belong there';
  const size = lstatSync(join(tree, path)).size;
  if (content === null) return size > 0 ? null : 'is empty';
  if (size !== content.bytes) return `has ${size} bytes in place of ${content.bytes}`;
  if (depth === 'sizes') return null;
  const md5 = createHash('md5')
    .update(readFileSync(join(tree, path)))
    .digest('hex');
  return md5 === content.md5 ? null : 'has wrong bytes';
}
