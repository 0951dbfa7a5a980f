/** Tells the container that trains from those that help it, by the devices that each asks of the node. */
import { quantityValue } from '../config/quantity.ts';
import type { Container } from './pod.ts';

/**
 * What device plugins call what a model is trained on; `*` at the end stands for any rest. From the plugins' own documents:
 * NVIDIA's (with MIG and time-slicing), AMD's, Intel's, Habana's, Google's, AWS's and others'.
 */
const accelerators: readonly string[] = [
  'nvidia.com/gpu',
  'nvidia.com/gpu.shared',
  'nvidia.com/mig-*',
  'nvidia.com/pgpu',
  'amd.com/gpu',
  'gpu.intel.com/*',
  'habana.ai/gaudi',
  'google.com/tpu',
  'cloud-tpus.google.com/*',
  'aws.amazon.com/neuron',
  'aws.amazon.com/neuroncore',
  'aws.amazon.com/neurondevice',
  'huawei.com/Ascend*',
  'cambricon.com/*',
  'qualcomm.com/qaic',
  'furiosa.ai/*',
  'rebellions.ai/*',
];

/** What networks, file systems and virtual machines are reached by: a helper has these as often as who trains. */
const helpers = /rdma|efa|sriov|infiniband|roce|fuse|kvm|vhost|\/tun$|\/ib/i;

/** How much asking for a device says that a container trains: the lowest is the surest. */
const kinds = ['accelerator', 'claim', 'device'] as const;
type Kind = (typeof kinds)[number];

/** Of these containers the first that asks for an accelerator, else for a claim by DRA, else for another device that is no helper's; undefined where none does. */
export function trainingContainer(
  containers: readonly Container[],
  candidates: readonly number[],
  more: readonly string[],
): number | undefined {
  const isAccelerator = matcher([...accelerators, ...more]);
  const kindOf = new Map(candidates.map((index) => [index, kindOfRequest(containers[index], isAccelerator)]));
  for (const kind of kinds) {
    const found = candidates.find((index) => kindOf.get(index) === kind);
    if (found !== undefined) return found;
  }
  return undefined;
}

function kindOfRequest(container: Container | undefined, isAccelerator: (name: string) => boolean): Kind | null {
  const names = requestedResources(container);
  if (names.some(isAccelerator)) return 'accelerator';
  if ((container?.resources?.claims ?? []).length > 0) return 'claim';
  return names.some((name) => isExtended(name) && !helpers.test(name)) ? 'device' : null;
}

function requestedResources(container: Container | undefined): string[] {
  const { requests, limits } = container?.resources ?? {};
  return [...Object.entries(requests ?? {}), ...Object.entries(limits ?? {})]
    .filter(([, amount]) => quantityValue(amount) !== 0) // templates write `nvidia.com/gpu: 0` for "none"
    .map(([name]) => name);
}

/** Extended resources are those of a domain other than kubernetes.io (source: Kubernetes' IsExtendedResourceName). */
function isExtended(name: string): boolean {
  return name.includes('/') && !/(?:^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.');
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const whole = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (name) => whole.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}
