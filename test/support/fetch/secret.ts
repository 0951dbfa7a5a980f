/** Secrets as the kubelet mounts them: a folder of files, one for each key. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './fetcher.ts';

type Keys = Readonly<Record<string, string>>;

/** Writes git's Secret beside the place's scratch, where it is deleted with the place; returns the flag that names it. */
export function gitSecret(place: Place, keys: Keys): string[] {
  return ['--git-secret-dir', mountSecret(dirname(place.scratch), keys)];
}

/** As `gitSecret`, the remote's. */
export function remoteSecret(place: Place, keys: Keys): string[] {
  return ['--remote-secret-dir', mountSecret(dirname(place.scratch), keys)];
}

/** A Secret in a new folder below `parent`, by links as the kubelet makes them, so that it can change all keys at once. */
export function mountSecret(parent: string, keys: Keys): string {
  const folder = mkdtempSync(join(parent, 'secret-'));
  mkdirSync(join(folder, '..2026_01_01'));
  symlinkSync('..2026_01_01', join(folder, '..data'));
  for (const [key, text] of Object.entries(keys)) {
    writeFileSync(join(folder, '..2026_01_01', key), text);
    symlinkSync(join('..data', key), join(folder, key));
  }
  return folder;
}
