/** actionlint, which reads GitHub's workflows as GitHub does: built from a locked Go module, as Helm is. */
import { join } from 'node:path';
import { provideGoProgram } from './go.ts';

/** The path of the `actionlint` program, built the first time (half a minute); at once and offline ever after. */
export function provideActionlint(): Promise<string> {
  return provideGoProgram({
    file: 'actionlint',
    name: 'actionlint',
    module: join(import.meta.dirname, 'actionlint'),
    command: 'github.com/rhysd/actionlint/cmd/actionlint',
  });
}
