/** Secrets as the kubelet mounts them: a folder of files, one for each key. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './fetcher.ts';

/** Writes the Secret beside the place's scratch, where it is deleted with the place; returns the flag that names it. */
export function gitSecret(place: Place, files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(dirname(place.scratch), 'git-secret-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return ['--git-secret-dir', folder];
}
