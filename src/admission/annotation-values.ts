/** Reads the values of annotations, and refuses wrong ones with a sentence that names the annotation and shows a right value. */
import { quantityValue } from '../config/quantity.ts';
import type { Config } from '../config/schema.ts';
import { type Directories, defaultDirectories, parseDirectories } from '../dataset/directories.ts';
import { InvalidReference } from '../dataset/invalid-reference.ts';
import { parseReference, type Reference } from '../dataset/reference.ts';
import { isRemoteName, remoteNameAdvice } from '../dataset/remote-name.ts';
import { isObjectName } from '../dns-names.ts';
import { hasAsciiControl } from '../text.ts';
import { Denied } from './decision.ts';
import { isBelow } from './paths.ts';
import { matchesRepository } from './repository-globs.ts';

/** The git credentials' Secret where no annotation names one. */
export const defaultGitSecret = 'dvc-git-credentials';

/** In characters: more than any amount needs, and short enough to be repeated in a sentence. */
const longestQuantity = 32;

/** The kernel's file systems in every container: runtimes refuse mounts there, or break on them. */
const kernelFolders = ['/proc', '/dev', '/sys'];

/** An annotation as [name, value]; null where the pod does not have it. */
type FoundAnnotation = [annotation: string, value: string] | null;

/** @throws {Denied} where it is no reference, or its repository is not allowed here */
export function readReference(annotation: string, value: string, config: Config): Reference {
  const reference = asDenial(annotation, () => parseReference(value, config.repositories));
  const { canonical } = reference.repository;
  if (!config.repositories.allowed.some((glob) => matchesRepository(canonical, glob))) {
    throw new Denied(
      'repository-not-allowed',
      `annotation ${annotation}: the repository ${canonical} is not allowed in this cluster (allowed: ${config.repositories.allowed.join(', ')}); use an allowed one or ask the admin to add it to repositories.allowed`,
    );
  }
  return reference;
}

/** @throws {Denied} */
export function readDirectories(dataDir: FoundAnnotation, splitDir: FoundAnnotation): Directories {
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

/**
 * The path without slashes at its end.
 * @throws {Denied}
 */
export function readMountPath(annotation: string, written: string): string {
  const trimmed = written.trim();
  const refuse = (why: string): never => {
    throw new Denied(
      'invalid-annotation',
      `annotation ${annotation}: the mount path ${why}; write an absolute path such as /mnt/images`,
    );
  };
  // First, as the expression below takes hours on a million slashes: the API server bounds annotations only after the webhooks.
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
  // The kubelet would expand it in the environment, but not in the mount, and the two would differ.
  if (path.includes('$(')) refuse('holds "$(", which begins a reference to a variable');
  if (kernelFolders.some((folder) => path === folder || isBelow(path, folder)))
    refuse(`lies in ${kernelFolders.join(', ')}, where only the kernel may put things`);
  if (path.includes(':') || hasAsciiControl(path)) refuse('has a colon or a control character');
  return path;
}

/**
 * Null where none is named.
 * @throws {Denied}
 */
export function readSecret(found: FoundAnnotation): string | null {
  if (!found) return null;
  const [annotation, name] = found;
  if (!isObjectName(name)) {
    throw new Denied(
      'invalid-annotation',
      `annotation ${annotation}: must be the name of a Secret in the pod's namespace, such as ${defaultGitSecret}`,
    );
  }
  return name;
}

/**
 * Null where none is named.
 * @throws {Denied}
 */
export function readRemote(found: FoundAnnotation): string | null {
  if (!found) return null;
  const [annotation, name] = found;
  if (!isRemoteName(name)) throw new Denied('invalid-annotation', `annotation ${annotation}: ${remoteNameAdvice}`);
  return name;
}

/**
 * The quantity as it was written, at most `maximum`, which the configuration has under `key`.
 * @throws {Denied}
 */
export function readQuantity(found: FoundAnnotation, fallback: string, maximum: string, key: string): string {
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
