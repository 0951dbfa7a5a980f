/** Checks the types of those parts of a pod that injection reads; everything else stays the raw JSON that it is. */
import { clipped } from '../text.ts';
import { Denied } from './decision.ts';
import { fields, listOf, mapOf, number, type Of, optional, quantity, text, textUpTo, truth } from './shape.ts';

// Each is written into the patch, some of them hundreds of times. The API server takes no longer name, but says so only
// after us; and no longer path can be mounted, as the kernel takes none (PATH_MAX).
const name = textUpTo(63);
const path = textUpTo(4096);

const quantities = optional(mapOf(quantity));
const claims = optional(listOf(fields({ name: optional(text) })));
const resources = optional(fields({ requests: quantities, limits: quantities, claims }));

const environmentVariable = fields({
  name: text,
  value: optional(text),
  valueFrom: optional(fields({})),
});

const volumeMount = fields({
  name,
  mountPath: path,
  readOnly: optional(truth),
  subPath: optional(path),
  subPathExpr: optional(path),
});

const container = fields({
  name,
  image: optional(text),
  command: optional(listOf(text)),
  args: optional(listOf(text)),
  env: optional(listOf(environmentVariable)),
  envFrom: optional(listOf(fields({ secretRef: optional(fields({ name: optional(text) })) }))),
  volumeMounts: optional(listOf(volumeMount)),
  volumeDevices: optional(listOf(fields({ devicePath: path }))),
  resources,
  restartPolicy: optional(text),
  securityContext: optional(fields({})),
});

const volume = fields({
  name,
  persistentVolumeClaim: optional(fields({ claimName: text, readOnly: optional(truth) })),
});

const pod = fields({
  metadata: optional(
    fields({
      name: optional(text),
      generateName: optional(text),
      namespace: optional(text),
      annotations: optional(mapOf(text)),
      labels: optional(fields({})),
    }),
  ),
  spec: fields({
    containers: listOf(container, 1),
    initContainers: optional(listOf(container)),
    volumes: optional(listOf(volume)),
    imagePullSecrets: optional(listOf(fields({ name: optional(text) }))),
    resources,
    hostUsers: optional(truth),
    os: optional(fields({ name: text })),
    nodeSelector: optional(fields({ 'kubernetes.io/os': optional(text) })),
    securityContext: optional(fields({ runAsUser: optional(number) })),
  }),
});

/** A pod as raw JSON with the fields above known to be of their types. Null stands for absent, as in hand-written YAML. */
export type Pod = Of<typeof pod>;
export type Container = Of<typeof container>;
export type Volume = Of<typeof volume>;
export type VolumeMount = Of<typeof volumeMount>;
export type EnvironmentVariable = Of<typeof environmentVariable>;

/**
 * Checks that `object` is a pod we can work on and returns it as it is: unknown fields stay, nothing is defaulted.
 * @throws {Denied} `malformed-review`, naming the first wrong field
 */
export function readPod(object: unknown): Pod {
  const misfit = pod(object);
  if (!misfit) return object as Pod;
  const path = misfit.path.map(String);
  const where = path.length > 0 ? clipped(path.join('.'), 120) : 'the object';
  const isAnnotation = path.length === 3 && path[1] === 'annotations';
  const why = isAnnotation ? 'must be text; put the value in quotes' : `must be ${misfit.expected}`;
  throw new Denied('malformed-review', `the pod can't be read: ${where}: ${why}`);
}

/** The init containers and the app containers, in the order of the kubelet. */
export function containersOf({ spec }: Pod): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** The annotations; empty where the metadata can't be read, so that such a pod counts as one that requests nothing. */
export function annotationsOf(object: unknown): Record<string, string> {
  const found = (object as { metadata?: { annotations?: unknown } } | null | undefined)?.metadata?.annotations;
  return found !== null && typeof found === 'object' && !Array.isArray(found) ? (found as Record<string, string>) : {};
}
