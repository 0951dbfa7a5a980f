/** `dvc-injector inject` as a person runs it. */
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');

/** What one run printed. */
export interface Printed {
  text: string;
  manifest: unknown;
  stderr: string;
}

/** Injects one manifest, a text or an object. Throws with the denial where it is denied. */
export async function injectOffline(manifest: unknown, namespace = 'default'): Promise<Printed> {
  const input = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const args = ['src/cli.ts', 'inject', '-n', namespace];
  const { stdout, stderr } = await execa(process.execPath, args, { cwd: root, input });
  return { text: stdout, manifest: parse(stdout), stderr };
}
