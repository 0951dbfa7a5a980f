/** Refuses an init container of our name that has other rights than ours: it would be believed, and exempt from policies. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import { canonicalReference, parseReference } from '../dataset/reference.ts';
import { datasetVariable, type FetchVariable } from '../fetch-variables.ts';
import { clipped } from '../text.ts';
import { Denied } from './decision.ts';
import { fetcherCommand, ownVariables } from './fetcher-container.ts';
import { securityDifference } from './fetcher-security.ts';
import { fetcherPaths, volumeNames } from './names.ts';
import { asMounted, isBelow } from './paths.ts';
import type { Container } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** Variables of ours that grant nothing: sizes, which may have been others when the pod was injected, and how to work. */
const harmlessVariables: ReadonlySet<string> = new Set<FetchVariable>([
  'DVC_INJECTOR_SCRATCH_LIMIT',
  'DVC_INJECTOR_WAIT_TIMEOUT',
  'DVC_INJECTOR_JOBS',
  'DVC_INJECTOR_VERIFY',
]);

/** Variables that are code to Node, the loader, Python, git, ssh or DVC, or say where their files are. */
const code = /^(?:NODE_|LD_|PYTHON|GIT_|SSH_|DVC_(?!INJECTOR_)|BASH_|OPENSSL_|GCONV_|(?:PATH|ENV|HOME|IFS)$)/;

/** What others may mount: tokens, sockets and certificates. Elsewhere lie the programs that run. */
const openFolders = ['/var/run', '/run', '/tmp', '/etc/ssl', '/etc/pki'];

/**
 * Everything that grants power has to be what we would have made, or less: command, security context, our own variables,
 * what else is code. What an earlier version injected, or an earlier configuration that allowed less, stays valid.
 * @throws {Denied} naming what differs
 */
export function refuseOtherRights(container: Container, dataset: RequestedDataset, config: Config): void {
  const difference =
    commandDifference(container) ??
    securityDifference(container.securityContext ?? {}) ??
    variableDifference(container, dataset, config) ??
    sourceDifference(container, dataset) ??
    mountDifference(container);
  if (difference === null) return;
  throw new Denied(
    'name-conflict',
    `init container ${container.name} carries the key of an injected one, but its ${difference} is not what dvc-injector gives; remove that init container, the dvc-* volumes and the mounts of datasets/… from the manifest and create it again`,
  );
}

function commandDifference({ command, args, restartPolicy }: Container): string | null {
  if (!isDeepStrictEqual(command ?? [], [...fetcherCommand])) return 'command';
  if (args && args.length > 0) return 'args';
  // A sidecar would run beside the training, with the volume writable.
  return restartPolicy ? 'restartPolicy' : null;
}

/** Of a repeated variable the kubelet takes the last one, and we would have written none twice. */
function variableDifference(container: Container, dataset: RequestedDataset, config: Config): string | null {
  const ours = ownVariables(dataset, config, '');
  const seen = new Set<string>();
  for (const { name, value, valueFrom } of container.env ?? []) {
    const differs = `variable ${clipped(name, 100)}`;
    if (code.test(name) && value !== config.fetcher.env[name]) return differs;
    if (!name.startsWith('DVC_INJECTOR_')) continue;
    // The API server stores an empty value as none.
    const written = valueFrom ? null : (value ?? '');
    if (seen.has(name) || !isGranted(name, written, { ours, dataset, config })) return differs;
    seen.add(name);
  }
  return null;
}

function isGranted(
  name: string,
  written: string | null,
  { ours, dataset, config }: { ours: Readonly<Record<string, string>>; dataset: RequestedDataset; config: Config },
): boolean {
  if (harmlessVariables.has(name)) return true;
  if (written === null) return false;
  if (Object.hasOwn(ours, name) && written === ours[name]) return true;
  switch (name as FetchVariable) {
    case datasetVariable:
      return namesSameDataset(written, dataset, config); // one dataset can be written in several ways
    case 'DVC_INJECTOR_ALLOW_SCHEME':
    case 'DVC_INJECTOR_ALLOW_ENDPOINT':
      return isPartOf(written, ours[name] ?? '');
    case 'DVC_INJECTOR_FALLBACK_REMOTE':
    case 'DVC_INJECTOR_FALLBACK_REGION':
    case 'DVC_INJECTOR_FALLBACK_ENDPOINT':
      return written === ''; // from before the admin gave one
    case 'DVC_INJECTOR_CA_BUNDLE':
      return isBelow(asMounted(written), fetcherPaths.caBundle);
    default:
      return false;
  }
}

/** Of two lists with commas. */
function isPartOf(some: string, all: string): boolean {
  const allowed = new Set(all.split(','));
  return some === '' || some.split(',').every((each) => allowed.has(each));
}

function namesSameDataset(written: string, { reference }: RequestedDataset, config: Config): boolean {
  try {
    return canonicalReference(parseReference(written, config.repositories)) === canonicalReference(reference);
  } catch {
    return false; // no reference at all
  }
}

const allowing: readonly FetchVariable[] = ['DVC_INJECTOR_ALLOW_SCHEME', 'DVC_INJECTOR_ALLOW_ENDPOINT'];

/** An earlier version gave the remote's Secret as environment; what the admin allows stood beside it, and won. */
function sourceDifference({ env, envFrom }: Container, dataset: RequestedDataset): string | null {
  if (!envFrom || envFrom.length === 0) return null;
  const names = new Set((env ?? []).map(({ name }) => name));
  const isAsBefore =
    envFrom.length === 1 &&
    envFrom[0]?.secretRef?.name === dataset.remoteSecret &&
    allowing.every((name) => names.has(name));
  return isAsBefore ? null : 'envFrom';
}

function mountDifference({ volumeMounts }: Container): string | null {
  const mounts = (volumeMounts ?? []).map(({ name, mountPath }) => ({ name, path: asMounted(mountPath) }));
  const own: string[] = Object.values(fetcherPaths);
  const strange = mounts.find(
    ({ path }) => !own.includes(path) && !openFolders.some((folder) => isBelow(path, folder)),
  );
  if (strange) return `mount at ${clipped(strange.path, 100)}`;
  const masked = mounts.some(({ name, path }) => name === volumeNames.noToken && path === fetcherPaths.serviceAccount);
  return masked ? null : `mount at ${fetcherPaths.serviceAccount}`;
}
