/** Reads which datasets a pod requests by its annotations: fills in the defaults and refuses every mistake. */
import type { Config } from '../config/schema.ts';
import type { Directories } from '../dataset/directories.ts';
import { datasetKey } from '../dataset/key.ts';
import type { Reference } from '../dataset/reference.ts';
import { dnsLabel } from '../dns-names.ts';
import {
  defaultGitSecret,
  readDirectories,
  readMountPath,
  readQuantity,
  readReference,
  readRemote,
  readSecret,
} from './annotation-values.ts';
import {
  type AnnotationName,
  annotationKey,
  longestDatasetName,
  mostDatasets,
  readAnnotationKey,
} from './annotations.ts';
import { Denied } from './decision.ts';

/** One dataset that a pod requests. */
export interface RequestedDataset {
  /** Null for the unnamed dataset. */
  name: string | null;
  reference: Reference;
  directories: Directories;
  key: string;
  mountPath: string;
  /** The annotation that names the containers, and its value; null where the default rule decides. */
  containers: [annotation: string, value: string] | null;
  gitSecret: string;
  remoteSecret: string;
  /** The name of the DVC remote; null for the commit's own choice. */
  remote: string | null;
  cpu: string;
  memory: string;
  scratch: string;
}

const defaultRemoteSecret = 'dvc-remote-credentials';

/**
 * The requested datasets: the unnamed one first, then the named ones in the order of their names.
 * @throws {Denied} with a sentence that names the annotation and the way out
 */
export function readRequestedDatasets(all: Readonly<Record<string, string>>, config: Config): RequestedDataset[] {
  const names = datasetNames(all);
  refuseStrayNames(all, names);
  const shared = sharedAnnotations(all);
  return names.map((name) => readRequestedDataset(all, name, shared, config));
}

/** An annotation and its value, without white space around. */
type FoundAnnotation = [annotation: string, value: string];

/** What stands there for all datasets, by name: each dataset asks for all of it. */
function sharedAnnotations(all: Readonly<Record<string, string>>): ReadonlyMap<AnnotationName, FoundAnnotation> {
  const shared = new Map<AnnotationName, FoundAnnotation>();
  for (const [key, value] of Object.entries(all)) {
    const parts = readAnnotationKey(key);
    if (parts?.dataset === null) shared.set(parts.name, [key, value.trim()]);
  }
  return shared;
}

/** The API server refuses more in bytes, but only after the webhooks: what it will refuse anyway needs no reading. */
const mostCharacters = 256 * 1024;

/**
 * Looks at nothing else, so that they may be of any type.
 * @throws {Denied}
 */
export function refuseTooManyCharacters(all: Readonly<Record<string, unknown>>): void {
  let characters = 0;
  for (const key of Object.keys(all)) {
    const value = all[key];
    characters += key.length + (typeof value === 'string' ? value.length : 0);
  }
  if (characters <= mostCharacters) return;
  throw new Denied(
    'invalid-annotation',
    `the pod's annotations hold ${characters} characters, and Kubernetes allows ${mostCharacters} bytes for all together; remove the largest`,
  );
}

function datasetNames(all: Readonly<Record<string, string>>): (string | null)[] {
  const named: string[] = [];
  let unnamed = false;
  for (const key of Object.keys(all)) {
    const parts = readAnnotationKey(key);
    if (parts?.name !== 'dataset') continue;
    if (parts.dataset === null) {
      unnamed = true;
    } else if (isDatasetName(parts.dataset)) {
      named.push(parts.dataset);
      if (named.length > mostDatasets) {
        throw new Denied(
          'invalid-annotation',
          `the pod asks for more than ${mostDatasets} datasets; remove some of its ${annotationKey('dataset', '<name>')} annotations`,
        );
      }
    } else {
      throw new Denied(
        'invalid-annotation',
        `annotation ${key}: the dataset's name must be lower-case letters, digits and "-", at most ${longestDatasetName} characters, such as ${annotationKey('dataset', 'train')}`,
      );
    }
  }
  named.sort();
  return unnamed ? [null, ...named] : named;
}

function isDatasetName(name: string): boolean {
  return name.length <= longestDatasetName && dnsLabel.test(name);
}

/** An annotation for a dataset that the pod does not request is a typing error, which must not be ignored silently. */
function refuseStrayNames(all: Readonly<Record<string, string>>, names: readonly (string | null)[]): void {
  const requested = new Set(names);
  for (const key of Object.keys(all)) {
    const parts = readAnnotationKey(key);
    if (parts && parts.dataset !== null && !requested.has(parts.dataset)) {
      const known = names.map((name) => annotationKey('dataset', name)).join(', ');
      throw new Denied(
        'invalid-annotation',
        `annotation ${key} belongs to no dataset: there is no ${annotationKey('dataset', parts.dataset)}, only ${known}`,
      );
    }
  }
  if (!requested.has(null) && Object.hasOwn(all, annotationKey('mount-path', null))) {
    throw new Denied(
      'invalid-annotation',
      `annotation ${annotationKey('mount-path', null)} belongs to no dataset: every dataset of this pod has a name; write ${annotationKey('mount-path', names[0] ?? null)}`,
    );
  }
}

function readRequestedDataset(
  all: Readonly<Record<string, string>>,
  name: string | null,
  shared: ReadonlyMap<AnnotationName, FoundAnnotation>,
  config: Config,
): RequestedDataset {
  /** The dataset's own annotation, else the pod's. */
  const find = (annotation: AnnotationName): FoundAnnotation | null => {
    const own = name === null ? null : annotationKey(annotation, name);
    return own !== null && Object.hasOwn(all, own) ? [own, (all[own] ?? '').trim()] : (shared.get(annotation) ?? null);
  };
  const reference = readReference(annotationKey('dataset', name), all[annotationKey('dataset', name)] ?? '', config);
  const directories = readDirectories(find('data-dir'), find('split-dir'));
  const ownMountPath = all[annotationKey('mount-path', name)];
  return {
    name,
    reference,
    directories,
    key: datasetKey(reference, directories),
    mountPath: readMountPath(
      annotationKey('mount-path', name),
      ownMountPath ?? (name === null ? '/mnt' : `/mnt/${name}`),
    ),
    containers: find('containers'),
    gitSecret: readSecret(find('git-secret')) ?? defaultGitSecret,
    remoteSecret: readSecret(find('remote-secret')) ?? defaultRemoteSecret,
    remote: readRemote(find('remote')),
    cpu: readQuantity(find('cpu'), config.fetcher.cpu, config.fetcher.maxCpu, 'fetcher.maxCpu'),
    memory: readQuantity(find('memory'), config.fetcher.memory, config.fetcher.maxMemory, 'fetcher.maxMemory'),
    scratch: readQuantity(find('scratch'), config.fetcher.scratch, config.fetcher.maxScratch, 'fetcher.maxScratch'),
  };
}
