/** What a pod's annotations ask for, dataset by dataset, with every default filled in and every mistake refused. */
import picomatch from 'picomatch';
import { quantityValue } from '../config/quantity.ts';
import type { Config } from '../config/schema.ts';
import { type Directories, defaultDirectories, parseDirectories } from '../dataset/directories.ts';
import { InvalidReference } from '../dataset/invalid-reference.ts';
import { datasetKey } from '../dataset/key.ts';
import { parseReference, type Reference } from '../dataset/reference.ts';
import {
  type AnnotationName,
  annotationKey,
  annotations,
  longestDatasetName,
  mostDatasets,
  readAnnotationKey,
} from './annotations.ts';
import { Denied } from './decision.ts';

/** One dataset that the pod asks for. */
export interface DatasetWish {
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
  cpu: string;
  memory: string;
  scratch: string;
}

/** More digits than any amount needs, and short enough to be repeated in a sentence. */
const longestQuantity = 32;

const defaultGitSecret = 'dvc-git-credentials';
const defaultRemoteSecret = 'dvc-remote-credentials';

/**
 * The datasets asked for, the first one first: the unnamed, else the first by name.
 * @throws {Denied} with a sentence that names the annotation and the way out
 */
export function readWishes(all: Readonly<Record<string, string>>, config: Config): DatasetWish[] {
  const names = datasetNames(all);
  refuseStrayNames(all, names);
  return names.map((name) => readWish(all, name, config));
}

/** A warning for each `dvc.io/` annotation that is none of ours: most likely a typing error. */
export function unknownAnnotationWarnings(all: Readonly<Record<string, string>>): string[] {
  return Object.keys(all)
    .filter((key) => key.startsWith('dvc.io/') && !readAnnotationKey(key))
    .map((key) => `annotation ${key} is unknown and ignored; known are ${Object.keys(annotations).join(', ')}`);
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
          `the pod asks for more than ${mostDatasets} datasets; remove some of its dvc.io/dataset.<name> annotations`,
        );
      }
    } else {
      throw new Denied(
        'invalid-annotation',
        `annotation ${key}: the dataset's name must be lower-case letters, digits and "-", at most ${longestDatasetName} characters, such as dvc.io/dataset.train`,
      );
    }
  }
  named.sort();
  return unnamed ? [null, ...named] : named;
}

function isDatasetName(name: string): boolean {
  return name.length <= longestDatasetName && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name);
}

/** An annotation for a dataset that nobody asked for would be ignored silently; it is a typing error. */
function refuseStrayNames(all: Readonly<Record<string, string>>, names: readonly (string | null)[]): void {
  for (const key of Object.keys(all)) {
    const parts = readAnnotationKey(key);
    if (parts && parts.dataset !== null && !names.includes(parts.dataset)) {
      const known = names.map((name) => annotationKey('dataset', name)).join(', ');
      throw new Denied(
        'invalid-annotation',
        `annotation ${key} belongs to no dataset: there is no ${annotationKey('dataset', parts.dataset)}, only ${known}`,
      );
    }
  }
  if (!names.includes(null) && Object.hasOwn(all, 'dvc.io/mount-path')) {
    throw new Denied(
      'invalid-annotation',
      `annotation dvc.io/mount-path belongs to no dataset: every dataset of this pod has a name; write ${annotationKey('mount-path', names[0] ?? null)}`,
    );
  }
}

function readWish(all: Readonly<Record<string, string>>, name: string | null, config: Config): DatasetWish {
  /** The dataset's own annotation, else the pod's, as [annotation, value]. */
  const find = (annotation: AnnotationName): [string, string] | null => {
    for (const key of new Set([annotationKey(annotation, name), annotationKey(annotation, null)])) {
      if (Object.hasOwn(all, key)) return [key, (all[key] ?? '').trim()];
    }
    return null;
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
    cpu: readQuantity(find('cpu'), config.fetcher.cpu, config.fetcher.maxCpu, 'fetcher.maxCpu'),
    memory: readQuantity(find('memory'), config.fetcher.memory, config.fetcher.maxMemory, 'fetcher.maxMemory'),
    scratch: readQuantity(find('scratch'), config.fetcher.scratch, config.fetcher.maxScratch, 'fetcher.maxScratch'),
  };
}

function readReference(annotation: string, value: string, config: Config): Reference {
  const reference = asDenial(annotation, () => parseReference(value, config.repositories));
  const { canonical } = reference.repository;
  if (!config.repositories.allowed.some((glob) => matchesGlob(canonical, glob))) {
    throw new Denied(
      'repository-not-allowed',
      `annotation ${annotation}: the repository ${canonical} is not allowed in this cluster (allowed: ${config.repositories.allowed.join(', ')}); use an allowed one or ask the admin to add it to repositories.allowed`,
    );
  }
  return reference;
}

/** `**` alone is everything; otherwise `*` stays within one path segment. */
function matchesGlob(url: string, glob: string): boolean {
  // picomatch reads paths: the double slash behind the scheme would be an empty segment.
  const asPath = (text: string) => text.replace('://', '/');
  return glob === '**' || picomatch.isMatch(asPath(url), asPath(glob), { dot: true, nonegate: true });
}

function readDirectories(dataDir: [string, string] | null, splitDir: [string, string] | null): Directories {
  const written = {
    dataDir: dataDir?.[1] ?? defaultDirectories.dataDir,
    splitDir: splitDir?.[1] ?? defaultDirectories.splitDir,
  };
  const keys = [dataDir?.[0], splitDir?.[0]].filter((key) => key !== undefined).join(' and ');
  return asDenial(keys, () => parseDirectories(written));
}

function asDenial<T>(annotation: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    const reason =
      error.problem === 'scheme-not-allowed'
        ? error.problem
        : error.problem === 'directory'
          ? 'invalid-annotation'
          : 'invalid-reference';
    throw new Denied(reason, `annotation ${annotation}: ${error.message}`, { cause: error });
  }
}

function readMountPath(annotation: string, written: string): string {
  const trimmed = written.trim();
  const refuse = (why: string): never => {
    throw new Denied(
      'invalid-annotation',
      `annotation ${annotation}: the mount path ${why}; write an absolute path such as /mnt/images`,
    );
  };
  // Before the expression, which takes hours on a million slashes: the API server bounds annotations only after us.
  if (trimmed.length > 1024) refuse('is longer than 1024 characters');
  const path = trimmed.replace(/(?<=.)\/+$/, '');
  if (!path.startsWith('/')) refuse('is not absolute');
  if (path === '/') refuse('must not be the root');
  if (
    path
      .slice(1)
      .split('/')
      .some((segment) => ['', '.', '..'].includes(segment))
  )
    refuse('has an empty, "." or ".." segment');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters being refused
  if (/[:\u0000-\u001f\u007f]/.test(path)) refuse('has a colon or a control character');
  return path;
}

function readSecret(found: [string, string] | null): string | null {
  if (!found) return null;
  const [annotation, name] = found;
  if (name.length > 253 || !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name)) {
    throw new Denied(
      'invalid-annotation',
      `annotation ${annotation}: must be the name of a Secret in the pod's namespace, such as ${defaultGitSecret}`,
    );
  }
  return name;
}

function readQuantity(found: [string, string] | null, fallback: string, maximum: string, key: string): string {
  if (!found) return fallback;
  const [annotation, written] = found;
  const value = written.length > longestQuantity ? null : quantityValue(written);
  if (value === null || value <= 0) {
    throw new Denied(
      'invalid-annotation',
      `annotation ${annotation}: must be a quantity greater than 0, such as 2, 500m or 4Gi`,
    );
  }
  if (value > (quantityValue(maximum) ?? 0)) {
    throw new Denied(
      'above-maximum',
      `annotation ${annotation}: ${written} is above the admin's maximum of ${maximum}; ask for less, or ask the admin to raise ${key}`,
    );
  }
  return written;
}
