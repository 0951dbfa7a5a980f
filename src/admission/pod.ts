/** Checks the types of those parts of a pod that injection reads; everything else stays the raw JSON that it is. */
import { z } from 'zod';
import { clipped } from '../text.ts';
import { Denied } from './decision.ts';

const strings = z.record(z.string(), z.string()).nullish();
const quantities = z.record(z.string(), z.union([z.string(), z.number()])).nullish();
const resources = z.looseObject({ requests: quantities, limits: quantities }).nullish();

const environmentVariable = z.looseObject({
  name: z.string(),
  value: z.string().nullish(),
  valueFrom: z.looseObject({}).nullish(),
});

const volumeMount = z.looseObject({
  name: z.string(),
  mountPath: z.string(),
  readOnly: z.boolean().nullish(),
  subPath: z.string().nullish(),
  subPathExpr: z.string().nullish(),
});

const container = z.looseObject({
  name: z.string(),
  image: z.string().nullish(),
  env: z.array(environmentVariable).nullish(),
  volumeMounts: z.array(volumeMount).nullish(),
  volumeDevices: z.array(z.looseObject({ devicePath: z.string() })).nullish(),
  resources,
  restartPolicy: z.string().nullish(),
});

const volume = z.looseObject({
  name: z.string(),
  persistentVolumeClaim: z.looseObject({ claimName: z.string(), readOnly: z.boolean().nullish() }).nullish(),
});

const podSchema = z.looseObject({
  metadata: z
    .looseObject({
      name: z.string().nullish(),
      generateName: z.string().nullish(),
      namespace: z.string().nullish(),
      annotations: strings,
      labels: strings,
    })
    .nullish(),
  spec: z.looseObject({
    containers: z.array(container).min(1),
    initContainers: z.array(container).nullish(),
    volumes: z.array(volume).nullish(),
    imagePullSecrets: z.array(z.looseObject({ name: z.string().nullish() })).nullish(),
    resources,
    hostUsers: z.boolean().nullish(),
    os: z.looseObject({ name: z.string() }).nullish(),
    nodeSelector: strings,
    securityContext: z.looseObject({ runAsUser: z.number().nullish() }).nullish(),
  }),
});

/** A pod as raw JSON with the fields above known to be of their types. Null stands for absent, as in hand-written YAML. */
export type Pod = z.infer<typeof podSchema>;
export type Container = z.infer<typeof container>;
export type Volume = z.infer<typeof volume>;
export type VolumeMount = z.infer<typeof volumeMount>;
export type EnvironmentVariable = z.infer<typeof environmentVariable>;

/**
 * Checks that `object` is a pod we can work on and returns it as it is: unknown fields stay, nothing is defaulted.
 * @throws {Denied} `malformed-review`, naming the first wrong field
 */
export function readPod(object: unknown): Pod {
  if (isDeeperThan(deepestNesting, object)) {
    throw new Denied('malformed-review', `the pod can't be read: it is nested deeper than ${deepestNesting} levels`);
  }
  const result = podSchema.safeParse(object);
  // The parsed value is a copy that lost nothing, but the original is what the patch will be applied to.
  if (result.success) return object as Pod;
  const issue = result.error.issues[0];
  const path = (issue?.path ?? []).map(String);
  const where = path.length > 0 ? clipped(path.join('.'), 120) : 'the object';
  const isAnnotation = path.length === 3 && path[1] === 'annotations';
  const why = isAnnotation ? 'must be text; put the value in quotes' : (issue?.message ?? 'unreadable');
  throw new Denied('malformed-review', `the pod can't be read: ${where}: ${why}`);
}

/** Real pods nest some twenty levels deep. JSON.stringify recurses, and on much deeper ones it would overflow the stack. */
const deepestNesting = 500;

function isDeeperThan(levels: number, object: unknown): boolean {
  let level = [object];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((each) => (each !== null && typeof each === 'object' ? Object.values(each) : []));
  }
  return false;
}

/** The annotations; empty where the metadata can't be read, so that such a pod counts as one that requests nothing. */
export function annotationsOf(object: unknown): Record<string, string> {
  const found = (object as { metadata?: { annotations?: unknown } } | null | undefined)?.metadata?.annotations;
  return found !== null && typeof found === 'object' && !Array.isArray(found) ? (found as Record<string, string>) : {};
}
