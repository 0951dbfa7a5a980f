/** Reads a `.dvc` file, DVC's metadata of what `dvc add` and the imports track. */
import { posix } from 'node:path';
import { z } from 'zod';
import { InvalidReference } from '../../dataset/invalid-reference.ts';
import { formatReference, parseReference } from '../../dataset/reference.ts';
import { relativePathProblem } from '../../dataset/relative-path.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { type Output, outputSchema, ownFlags, pathInRepository, type RefusedOutput, readOutput } from './output.ts';
import { readYaml } from './read-yaml.ts';

/** In bytes. Larger is no metadata that `dvc add` wrote. */
export const metadataLimit = 1024 * 1024;

const dependency = z.looseObject({
  path: z.string().optional(),
  repo: z.looseObject({ url: z.string(), rev_lock: z.string().optional() }).optional(),
});
const document = z.looseObject({
  outs: z.array(outputSchema).nullish(),
  deps: z.array(dependency).nullish(),
  wdir: z.string().nullish(),
});

/** True for the name of a file that `readDvcFile` reads. DVC before version 1 also wrote a `Dvcfile`. */
export function isDvcFile(path: string): boolean {
  const name = posix.basename(path);
  return (name.endsWith('.dvc') && name !== '.dvc') || name === 'Dvcfile';
}

/**
 * Its outputs, each at its path in the repository; none where it only names a command.
 * @throws {FetchFailure} `dataset` where it is no metadata
 */
export function readDvcFile(text: string, source: string): Output[] {
  const parsed = document.safeParse(readYaml(text, source));
  if (!parsed.success) {
    throw new FetchFailure(
      'dataset',
      `${source} of the commit is no DVC metadata: track the data by dvc add, and use that commit`,
    );
  }
  const { outs, deps, wdir } = parsed.data;
  const folder = pathInRepository(posix.dirname(source), wdir ?? '.');
  if (folder === null) return [];
  const imported = deps?.find(({ repo }) => repo);
  return (outs ?? []).flatMap((written) => {
    const output = readOutput(written, { folder, source }, ownFlags(written));
    if (!output) return [];
    return [imported && !('why' in output && output.leftOut) ? refusedImport(output, imported) : output];
  });
}

/** `dvc push` never sends an import's objects: they are where they came from, and the file says where that is. */
function refusedImport(
  { path, source }: Output,
  { repo, path: from = '' }: z.output<typeof dependency>,
): RefusedOutput {
  const origin = repo && annotationsOf(repo.url, repo.rev_lock ?? '', from);
  const why = origin
    ? `is imported from another repository, whose remote has the data: write ${origin}`
    : 'is imported from another repository (dvc import), whose remote has the data: name that repository, its commit and its path, as the file says them, in the annotations';
  return { path, source, why, leftOut: false };
}

/** What to write for the original; null where the metadata names it in a way that no annotation may. */
function annotationsOf(url: string, revision: string, path: string): string | null {
  if (relativePathProblem(path) !== null) return null;
  try {
    return `dvc.io/dataset: ${formatReference(parseReference(`${url}@${revision}:*`))} and dvc.io/data-dir: ${path}`;
  } catch (error) {
    if (error instanceof InvalidReference) return null;
    throw error;
  }
}
