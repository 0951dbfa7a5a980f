/** Looks at the dataset as the training container does, and compares it with what was committed. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { detail, paint, proven } from './screen.ts';

/** The mount that the webhook gave to the training container. */
export interface Mount {
  mountPath: string;
  subPath: string;
  readOnly: boolean;
}

/** What must be in the dataset: from the repository's work tree. */
export interface Committed {
  workTree: string;
  split: string;
}

/** Every file below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Lists the tree as it appears below the mount path. */
export function showTree(root: string, mountPath: string): void {
  const folders = Map.groupBy(filesBelow(root), (file) => dirname(file));
  for (const [folder, files] of [...folders].sort()) {
    const names = files.map((file) => file.slice(folder === '.' ? 0 : folder.length + 1));
    detail(paint('bold', folder === '.' ? mountPath : `${mountPath}/${folder}`));
    for (let index = 0; index < names.length; index += 6) detail(`   ${names.slice(index, index + 6).join('  ')}`);
  }
}

/** @throws Error naming the first file that is not as it must be */
export function checkTree(root: string, { workTree, split }: Committed): void {
  const list = readFileSync(join(workTree, 'data-split', split), 'utf8');
  const listed = list.split('\n').filter((line) => line !== '');
  const beside = ['data.dvc', `data-split/${split}`, 'dataset.json', 'split.txt'];
  const expected = [...listed.map((file) => `data/${file}`), ...beside].sort();
  requireSame('the files of the dataset', filesBelow(root).join('\n'), expected.join('\n'));
  const whole = filesBelow(join(workTree, 'data')).length;
  proven(`exactly the ${listed.length} files that the list ${split} names, of ${whole} in the dataset`);

  for (const file of listed) requireSame(file, digest(join(root, 'data', file)), digest(join(workTree, 'data', file)));
  proven(`each has the bytes that were committed (sha256 of all ${listed.length} compared)`);

  const resolved = readFileSync(join(root, 'split.txt'), 'utf8').trimEnd().split('\n');
  requireSame('split.txt', resolved.sort().join('\n'), [...listed].sort().join('\n'));
  proven('split.txt lists them, one path a line, relative to data');

  for (const file of [`data-split/${split}`, 'data.dvc']) {
    requireSame(file, digest(join(root, file)), digest(join(workTree, file)));
  }
  proven(`data.dvc and data-split/${split} are those of the commit`);
}

/** What tells whether a file was written: its inode, size and times. */
export function fingerprints(root: string): string {
  const describe = (file: string) => {
    const { ino, size, mtimeMs } = lstatSync(join(root, file));
    return `${file} ${ino} ${size} ${mtimeMs}`;
  };
  return filesBelow(root).map(describe).join('\n');
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function requireSame(what: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${what}: found ${found} instead of ${expected}`);
}
