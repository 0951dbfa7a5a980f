/** A folder that none of the attacks may touch, at the places where a path that climbs out would land. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes it below `root`. */
export function plantOutside(root: string): string {
  const outside = join(root, 'outside');
  mkdirSync(join(outside, 'folder'), { recursive: true });
  for (const name of ['a', 'canary', 'folder/a', 'folder/secret']) writeFileSync(join(outside, name), `${name}\n`);
  return outside;
}

/** Everything below a folder: kind, mode, times of change and content. */
export function stateOf(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).map((each) =>
    join(each.parentPath, each.name),
  );
  return paths.sort().map((path) => {
    const found = lstatSync(path);
    const content = found.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
    return `${path} ${found.mode.toString(8)} ${found.mtimeMs} ${found.ctimeMs} ${content}`;
  });
}
