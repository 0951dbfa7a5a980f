/** The datasets that manifests ask for: by the webhook's own reading of the annotations, wherever the manifest has them. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Denied } from '../admission/decision.ts';
import { readRequestedDatasets } from '../admission/requested-datasets.ts';
import type { Config } from '../config/schema.ts';
import type { DatasetIdentity } from '../dataset/identity.ts';
import { FetchFailure } from '../fetch/failure/fetch-failure.ts';
import { annotatedPlaces } from '../inject/find-objects.ts';
import { readDocument } from '../inject/kubectl-yaml.ts';
import { splitDocuments, UnreadableManifest } from '../inject/split-documents.ts';

/** A dataset, or why it is none. */
export type ManifestDataset =
  | { identity: DatasetIdentity /** As `dvc.io/remote` names it. */; remote: string | null }
  | { written: string; failure: FetchFailure };

/**
 * Those of one file, `-` for stdin, in their order; each once.
 * @throws {FetchFailure} `usage` where the file can't be read, or has no annotated pod
 */
export async function readManifestDatasets(file: string, config: Config): Promise<ManifestDataset[]> {
  const name = file === '-' ? 'stdin' : file;
  const text = await readText(file, name);
  const datasets = documentsOf(text, name).flatMap((document) =>
    annotatedPlaces(document).flatMap(({ title, annotations }) => requested(title, annotations, config)),
  );
  if (datasets.length === 0) {
    throw new FetchFailure('usage', `${name} has no pod or pod template with the annotation dvc.io/dataset`);
  }
  const nameOf = (each: ManifestDataset) =>
    'identity' in each ? `${each.identity.key} ${each.remote}` : each.failure.message;
  return [...new Map(datasets.map((each) => [nameOf(each), each])).values()];
}

function requested(title: string, annotations: Record<string, string>, config: Config): ManifestDataset[] {
  try {
    return readRequestedDatasets(annotations, config).map(({ reference, directories, key, remote }) => ({
      identity: { reference, directories, key },
      remote,
    }));
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    return [{ written: title, failure: new FetchFailure('usage', `${title}: ${error.message}`, { cause: error }) }];
  }
}

async function readText(file: string, name: string): Promise<string> {
  try {
    return (file === '-' ? await buffer(process.stdin) : await readFile(file)).toString('utf8');
  } catch (error) {
    throw new FetchFailure('usage', `${name} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

function documentsOf(text: string, name: string): unknown[] {
  try {
    return splitDocuments(text).flatMap((piece) => {
      const document = piece.kind === 'document' ? readDocument(piece) : null;
      return document ? [document.toJS({ maxAliasCount: 1000 }) as unknown] : [];
    });
  } catch (error) {
    if (!(error instanceof UnreadableManifest)) throw error;
    throw new FetchFailure('usage', `${name}:${error.line}: ${error.message}`, { cause: error });
  }
}
