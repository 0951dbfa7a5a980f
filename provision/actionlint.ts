/** actionlint, which reads GitHub's workflows as GitHub does: built from a locked Go module, as Helm is. */
import { join } from 'node:path';
import { cached, fingerprint } from './cache.ts';
import { buildGoProgram } from './go.ts';

const source = join(import.meta.dirname, 'actionlint');
const command = 'github.com/rhysd/actionlint/cmd/actionlint';

/** The path of the `actionlint` program, built the first time (half a minute); at once and offline ever after. */
export async function provideActionlint(): Promise<string> {
  const files = ['go.mod', 'go.sum'].map((name) => join(source, name));
  const key = fingerprint({ files, words: [process.platform, process.arch] });
  const entry = await cached(`actionlint-${key}`, (directory) =>
    buildGoProgram({ name: 'actionlint', module: source, command }, join(directory, 'actionlint')),
  );
  return join(entry, 'actionlint');
}
