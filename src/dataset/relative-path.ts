/** Validates paths inside a repository: they are joined to a root folder, and must not be able to leave it. */

export const longestPath = 512;

/**
 * Why `path` can't be used as a path inside a repository, or null if it can. Letters and digits of any script and
 * `. _ - + = , @ ~` and inner spaces are fine; shell metacharacters and control characters are not, as such a path
 * reaches logs, environment variables and people's scripts.
 */
export function relativePathProblem(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.length > longestPath) return `is longer than ${longestPath} characters`;
  if (path.startsWith('/')) return 'is absolute';
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return 'has a "." or ".." segment';
    if (segment.startsWith('-')) return 'has a segment that begins with "-"';
    if (segment.startsWith(' ') || segment.endsWith(' ')) return 'has a segment that begins or ends with a space';
    if (!/^[\p{L}\p{M}\p{N}._+=,@~ -]+$/u.test(segment)) {
      return 'has a character other than letters, digits, spaces and . _ - + = , @ ~';
    }
  }
  return null;
}
