/** A real S3 server, versitygw, which the tests and benchmarks pull from: it keeps each object as a file of a folder. */
import { join } from 'node:path';
import { provideGoProgram } from './go.ts';

/** The path of the `versitygw` program, built from the locked module the first time (about a minute). */
export function provideVersitygw(): Promise<string> {
  return provideGoProgram({
    file: 'versitygw',
    name: 'versitygw',
    module: join(import.meta.dirname, 's3'),
    command: 'github.com/versity/versitygw/cmd/versitygw',
  });
}
