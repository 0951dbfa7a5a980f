/** A real S3 server, versitygw, which the tests and benchmarks pull from: it keeps each object as a file of a folder. */
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, fingerprint } from './cache.ts';
import { findGo } from './go.ts';
import { announced } from './progress.ts';

const source = join(import.meta.dirname, 's3');
const command = 'github.com/versity/versitygw/cmd/versitygw';

/** The path of the `versitygw` program, built from the locked module the first time (about a minute). */
export async function provideVersitygw(): Promise<string> {
  const files = ['go.mod', 'go.sum'].map((name) => join(source, name));
  const key = fingerprint({ files, words: [process.platform, process.arch] });
  const entry = await cached(`versitygw-${key}`, async (directory) => {
    const go = await findGo();
    await announced('building versitygw from its Go module', () => compile(go, join(directory, 'versitygw')));
  });
  return join(entry, 'versitygw');
}

async function compile(go: string, output: string): Promise<void> {
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
  // No go.work of a folder above may change the versions.
  await execa(go, ['build', ...flags, '-o', output, command], {
    cwd: source,
    env: { CGO_ENABLED: '0', GOWORK: 'off' },
  });
}
