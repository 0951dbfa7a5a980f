/** The datasets that manifests ask for: by the webhook's own reading of the annotations, wherever the manifest has them. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { judgeAnnotations } from '../admission/judge-annotations.ts';
import { readRequestedDatasets } from '../admission/requested-datasets.ts';
import type { Config } from '../config/schema.ts';
import type { DatasetIdentity } from '../dataset/identity.ts';
import { FetchFailure } from '../fetch/failure/fetch-failure.ts';
import { annotatedPlaces } from '../inject/find-objects.ts';
import { type Injected, injectManifests, type Remark } from '../inject/inject-manifests.ts';
import { hasParameters } from '../inject/judge-place.ts';
import { readDocument } from '../inject/kubectl-yaml.ts';
import { splitDocuments, UnreadableManifest } from '../inject/split-documents.ts';

/** A dataset, or why it is none. */
export type ManifestDataset =
  | { identity: DatasetIdentity /** As `dvc.io/remote` names it. */; remote: string | null }
  | { written: string; failure: FetchFailure };

/** What is found in one file. */
export interface ManifestFindings {
  /** In their order, each once; one for each pod that would be denied. */
  datasets: ManifestDataset[];
  /** What `inject` would say of it besides. */
  remarks: string[];
}

/**
 * Those of one file, `-` for stdin, by the functions of `inject`: what the webhook would deny is no dataset.
 * @throws {FetchFailure} `usage` where the file can't be read, or has no annotated pod
 */
export async function readManifestDatasets(file: string, config: Config): Promise<ManifestFindings> {
  const name = file === '-' ? 'stdin' : file;
  const text = await readText(file, name);
  const { denials, warnings, notes, documents } = readManifests(text, name, config);
  const places = documents.flatMap((document) => annotatedPlaces(document));
  const written = (remark: Remark) => `${remark.where === null ? name : `${name}, ${remark.where}`}: ${remark.text}`;
  const remarks = [...warnings, ...notes].map(written);
  if (places.length === 0) {
    const why = `${name} has no pod or pod template with the annotation dvc.io/dataset`;
    throw new FetchFailure('usage', remarks.length > 0 ? `${why}; ${remarks.join('; ')}` : why);
  }
  const datasets = [
    ...places.flatMap(({ annotations }) => requested(annotations, config)),
    ...denials.map(
      (denial): ManifestDataset => ({
        written: denial.where ?? name,
        failure: new FetchFailure('usage', written({ ...denial, text: denial.text.replace('dvc-injector: ', '') })),
      }),
    ),
  ];
  const nameOf = (each: ManifestDataset) =>
    'identity' in each ? `${each.identity.key} ${each.remote}` : each.failure.message;
  return { datasets: [...new Map(datasets.map((each) => [nameOf(each), each])).values()], remarks };
}

/** None where the annotations are wrong, of which the denial tells, or where parameters are filled in later. */
function requested(annotations: Record<string, string>, config: Config): ManifestDataset[] {
  if (hasParameters(annotations) || judgeAnnotations(annotations, config).denial !== null) return [];
  return readRequestedDatasets(annotations, config).map(({ reference, directories, key, remote }) => ({
    identity: { reference, directories, key },
    remote,
  }));
}

async function readText(file: string, name: string): Promise<string> {
  try {
    return (file === '-' ? await buffer(process.stdin) : await readFile(file)).toString('utf8');
  } catch (error) {
    throw new FetchFailure('usage', `${name} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

function readManifests(text: string, name: string, config: Config): Injected & { documents: unknown[] } {
  try {
    const injected = injectManifests(text, null, config);
    const documents = splitDocuments(text).flatMap((piece) => {
      const document = piece.kind === 'document' ? readDocument(piece) : null;
      return document ? [document.toJS({ maxAliasCount: 1000 }) as unknown] : [];
    });
    return { ...injected, documents };
  } catch (error) {
    if (!(error instanceof UnreadableManifest)) throw error;
    throw new FetchFailure('usage', `${name}:${error.line}: ${error.message}`, { cause: error });
  }
}
