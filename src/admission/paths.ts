/** How paths of mounts lie to one another, as the container's runtime sees them. */
import { posix } from 'node:path';

/** True where `path` lies below `parent`; nothing lies below itself. */
export function isBelow(path: string, parent: string): boolean {
  return path.startsWith(parent === '/' ? parent : `${parent}/`) && path !== parent;
}

/** True where the paths are one, or one of them lies below the other. */
export function nest(one: string, other: string): boolean {
  return one === other || isBelow(one, other) || isBelow(other, one);
}

/** The path as the runtime sees it: from the root, without ".", ".." and slashes too many. */
export function asMounted(path: string): string {
  return posix.join('/', path).replace(/(?<=.)\/$/, '');
}
