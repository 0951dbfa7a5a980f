/** Finds the remotes that a commit's `.dvc/config` names, and resolves those that are built on another one. */
import { clipped } from '../../text.ts';
import type { DvcConfig } from '../dvc-format/dvc-config.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';

/** A remote's keys as they are written, its url one of a server, a bucket or a folder. */
export type WrittenRemote = ReadonlyMap<string, string>;

/** More remotes than anybody builds on one another. */
const mostBases = 8;
const toldNames = { count: 10, length: 64 };

/** The names of the remotes that have a url, in the order of the file. */
export function remoteNames(config: DvcConfig): string[] {
  return [...config].flatMap(([section, keys]) => {
    const name = /^remote "(.*)"$/s.exec(section)?.[1];
    return name && keys.has('url') ? [name] : [];
  });
}

/** `a, b, c and 2 more`: as many as a sentence can hold. */
export function listedNames(names: readonly string[]): string {
  const told = names
    .slice(0, toldNames.count)
    .map((name) => clipped(name, toldNames.length))
    .join(', ');
  return names.length > toldNames.count ? `${told} and ${names.length - toldNames.count} more` : told;
}

/**
 * The remote with this name, in lower case; null where the file has none with a url. As in DVC `remote://base/path` is
 * the base's url with the path behind it, and the base's settings, of which the remote's own ones replace those of the
 * same name.
 * @throws {FetchFailure} `dataset` where a base is missing, or the remotes are built on one another in a circle
 */
export function writtenRemote(config: DvcConfig, name: string): WrittenRemote | null {
  return resolved(config, name, []);
}

/** `above`: the names by way of which it was reached. */
function resolved(config: DvcConfig, name: string, above: readonly string[]): WrittenRemote | null {
  const written = config.get(`remote "${name}"`);
  const url = written?.get('url');
  if (!written || url === undefined) return null;
  if (!/^remote:\/\//i.test(url)) return written;
  const way = [...above, name];
  const [, base, path] = /^remote:\/\/([^/?#]+)(?:\/([^?#]*))?$/i.exec(url) ?? [];
  if (base === undefined) {
    throw refused(name, 'has a url that can not be read: write remote://<name of another remote>/<path>');
  }
  const baseName = base.toLowerCase();
  if (way.includes(baseName)) {
    throw refused(name, `is built on itself (${listedNames([...way, baseName])}): give one of these a url of its own`);
  }
  if (way.length > mostBases) {
    throw refused(name, `is built on more than ${mostBases} other remotes: give it a url of its own`);
  }
  const under = resolved(config, baseName, way);
  const underUrl = under?.get('url');
  if (!under || underUrl === undefined) {
    const known = remoteNames(config).filter((each) => each !== name);
    const has = known.length === 0 ? 'has no other remote with a url' : `has ${listedNames(known)}`;
    throw refused(
      name,
      `is built on "${clipped(baseName, toldNames.length)}", which the commit's .dvc/config does not have with a url (it ${has}): add it and commit`,
    );
  }
  return new Map([...under, ...written, ['url', `${underUrl}/${(path ?? '').replace(/^\/+/, '')}`]]);
}

function refused(name: string, what: string): FetchFailure {
  return new FetchFailure('dataset', `the DVC remote "${clipped(name, toldNames.length)}" ${what}`);
}
