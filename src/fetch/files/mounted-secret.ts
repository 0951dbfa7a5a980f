/** Reads Secrets as the kubelet mounts them, a file for each key: the keys that are of use, as data, and no other. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clipped } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode } from '../failure/system-error.ts';

export interface MountedSecret<K extends string> {
  /** As they stand in the Secret, often with the newline that their file ended with; an empty one counts as none. */
  values: Partial<Record<K, string>>;
  /** The names of all its keys, also of the empty ones. */
  present: readonly string[];
  /** The names of its other keys, for the log: at most so many, each at most so long, as a line can hold. */
  unused: string[];
}

const toldKeys = { count: 20, length: 64 };

/**
 * The Secret that is mounted at `folder`; an absent or empty folder is one without keys, as Secrets are optional. `name` is
 * what people know it as.
 * @throws {FetchFailure} `configuration` where it can't be read
 */
export async function readMountedSecret<K extends string>(
  folder: string | null,
  keys: readonly K[],
  name: string,
): Promise<MountedSecret<K>> {
  const present = folder === null ? [] : await keysIn(folder, name);
  const values: Partial<Record<K, string>> = {};
  for (const key of keys) {
    const value = folder !== null && present.includes(key) ? await textOf(folder, key, name) : '';
    if (value !== '') values[key] = value;
  }
  const others = present.filter((key) => !(keys as readonly string[]).includes(key)).sort();
  const told = others.slice(0, toldKeys.count).map((key) => clipped(key, toldKeys.length));
  return {
    values,
    present,
    unused: others.length > told.length ? [...told, `and ${others.length - told.length} more`] : told,
  };
}

/** `..data` and what it points to are the kubelet's: no key begins with two dots. */
async function keysIn(folder: string, name: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((key) => !key.startsWith('..'));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw unreadable(`${name} at ${folder}`, error);
  }
}

async function textOf(folder: string, key: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, key), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return ''; // taken out of the Secret just now
    throw unreadable(`${key} of ${name} at ${folder}`, error);
  }
}

function unreadable(what: string, cause: unknown): FetchFailure {
  return new FetchFailure(
    'configuration',
    `${what} can't be read (${(cause as Error).message}): its mount must be readable for UID ${process.geteuid?.()} (defaultMode or fsGroup)`,
    { cause },
  );
}
