/** CoreDNS, built from its Go module: a pod of `helm test` asks for the webhook by its Service's name. */
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, fingerprint } from '../../../provision/cache.ts';
import { findGo } from '../../../provision/go.ts';
import { announced } from '../../../provision/progress.ts';

const source = join(import.meta.dirname, 'dns');

/** The path of the program, built the first time (one to two minutes); at once and offline ever after. */
export async function provideCoreDns(): Promise<string> {
  const files = ['go.mod', 'go.sum', 'main.go'].map((name) => join(source, name));
  const key = fingerprint({ files, words: [process.platform, process.arch] });
  const entry = await cached(`coredns-${key}`, async (directory) => {
    const go = await findGo();
    await announced('building CoreDNS from its Go module', () => compile(go, join(directory, 'coredns')));
  });
  return join(entry, 'coredns');
}

async function compile(go: string, output: string): Promise<void> {
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
  // No go.work of a folder above may change the versions.
  await execa(go, ['build', ...flags, '-o', output, '.'], { cwd: source, env: { CGO_ENABLED: '0', GOWORK: 'off' } });
}
