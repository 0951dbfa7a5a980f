/** Compares mount paths as the container runtime sees them. */
import { posix } from 'node:path';

/** True where `path` lies below `parent`; nothing lies below itself. */
export function isBelow(path: string, parent: string): boolean {
  return path.startsWith(parent === '/' ? parent : `${parent}/`) && path !== parent;
}

/** True where the paths are the same, or one lies below the other. */
export function overlap(one: string, other: string): boolean {
  return one === other || isBelow(one, other) || isBelow(other, one);
}

/** What a normal path has nowhere: a beginning without a slash, and a slash before another, before a dot or two, or at the end. */
const irregular = /^(?!\/)|\/(?=\.{0,2}(?:\/|$))/;

/** The path as the runtime normalises it: from the root, without ".", ".." and superfluous slashes. */
export function asMounted(path: string): string {
  if (!irregular.test(path)) return path;
  return posix.join('/', path).replace(/(?<=.)\/$/s, '');
}
