/** Matches repositories with the globs of the configuration: which are allowed, and which get a remote of the admin's. */
import picomatch from 'picomatch';
import type { Config } from '../config/schema.ts';

/** `url` is canonical. `**` alone is everything; otherwise `*` stays within one path segment. */
export function matchesRepository(url: string, glob: string): boolean {
  // picomatch reads paths: the double slash behind the scheme would be an empty segment.
  const asPath = (text: string) => text.replace('://', '/');
  return glob === '**' || picomatch.isMatch(asPath(url), asPath(glob), { dot: true, nonegate: true });
}

/** The admin's remote for this repository, by its canonical URL: the first that matches; null where none does. */
export function remoteOfAdmin(
  canonical: string,
  { repositories }: Config,
): Config['repositories']['remotes'][number] | null {
  return repositories.remotes.find(({ repository }) => matchesRepository(canonical, repository)) ?? null;
}
