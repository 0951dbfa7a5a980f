/** A real S3 server, versitygw, which the tests and benchmarks pull from: it keeps each object as a file of a folder. */
import { join } from 'node:path';
import { cached, fingerprint } from './cache.ts';
import { buildGoProgram } from './go.ts';

const source = join(import.meta.dirname, 's3');
const command = 'github.com/versity/versitygw/cmd/versitygw';

/** The path of the `versitygw` program, built from the locked module the first time (about a minute). */
export async function provideVersitygw(): Promise<string> {
  const files = ['go.mod', 'go.sum'].map((name) => join(source, name));
  const key = fingerprint({ files, words: [process.platform, process.arch] });
  const entry = await cached(`versitygw-${key}`, (directory) =>
    buildGoProgram({ name: 'versitygw', module: source, command }, join(directory, 'versitygw')),
  );
  return join(entry, 'versitygw');
}
