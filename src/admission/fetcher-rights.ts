/** Refuses an init container of our name that has other rights than ours: it would be believed, and exempt from policies. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import { canonicalReference, parseReference } from '../dataset/reference.ts';
import { clipped } from '../text.ts';
import { Denied } from './decision.ts';
import { fetcherCommand, fetcherSecurityContext, ownVariables } from './fetcher-container.ts';
import { datasetVariable } from './names.ts';
import type { Container } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** Fields of a security context that take rights away, or choose among equal ones, whatever they say: mutating policies of clusters set them. */
const harmlessFields = new Set(['seLinuxOptions', 'appArmorProfile']);

/** Variables of ours that grant nothing: sizes, which may have been others when the pod was injected, and how to work. */
const harmlessVariables = new Set([
  'DVC_INJECTOR_SCRATCH_LIMIT',
  'DVC_INJECTOR_WAIT_TIMEOUT',
  'DVC_INJECTOR_JOBS',
  'DVC_INJECTOR_VERIFY',
]);

/**
 * Everything that grants power has to be what we would have made: command, security context, and our own variables. An
 * absent variable grants nothing, so that what an earlier version injected stays valid.
 * @throws {Denied} naming what differs
 */
export function refuseOtherRights(container: Container, dataset: RequestedDataset, config: Config): void {
  const difference =
    commandDifference(container) ??
    securityDifference(container.securityContext ?? {}, config) ??
    variableDifference(container, dataset, config);
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

function securityDifference(context: Readonly<Record<string, unknown>>, config: Config): string | null {
  const ours: Record<string, unknown> = fetcherSecurityContext(config);
  for (const [field, value] of Object.entries(ours)) {
    if (!isDeepStrictEqual(context[field], value)) return `securityContext.${field}`;
  }
  for (const [field, value] of Object.entries(context)) {
    if (Object.hasOwn(ours, field) || harmlessFields.has(field) || value === null || value === undefined) continue;
    // Where the configuration leaves the user open, the cluster chooses it; root is none, as runAsNonRoot is set.
    if (field === 'runAsUser' || field === 'runAsGroup') continue;
    if (value !== false && !(field === 'procMount' && value === 'Default')) return `securityContext.${field}`;
  }
  return null;
}

/** Of a repeated variable the kubelet takes the last one, so each is looked at. */
function variableDifference(container: Container, dataset: RequestedDataset, config: Config): string | null {
  const ours = ownVariables(dataset, config, '');
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (!name.startsWith('DVC_INJECTOR_') || harmlessVariables.has(name)) continue;
    // The API server stores an empty value as none.
    const written = valueFrom ? null : (value ?? '');
    if (Object.hasOwn(ours, name) && written === ours[name]) continue;
    if (name === datasetVariable && written !== null && namesSameDataset(written, dataset, config)) continue;
    return `variable ${clipped(name, 100)}`;
  }
  return null;
}

/** One dataset can be written in several ways. */
function namesSameDataset(written: string, { reference }: RequestedDataset, config: Config): boolean {
  try {
    return canonicalReference(parseReference(written, config.repositories)) === canonicalReference(reference);
  } catch {
    return false; // no reference at all
  }
}
