/** Checks the types of those parts of a pod that injection reads; everything else stays the raw JSON that it is. */
import { z } from 'zod';
import { clipped } from '../text.ts';
import { Denied } from './decision.ts';

const strings = mapOf(z.string()).nullish();
const quantities = mapOf(z.union([z.string(), z.number()])).nullish();
const resources = z.object({ requests: quantities, limits: quantities }).nullish();

const environmentVariable = z.object({
  name: z.string(),
  value: z.string().nullish(),
  valueFrom: z.object({}).nullish(),
});

const volumeMount = z.object({
  name: z.string(),
  mountPath: z.string(),
  readOnly: z.boolean().nullish(),
  subPath: z.string().nullish(),
  subPathExpr: z.string().nullish(),
});

const container = z.object({
  name: z.string(),
  image: z.string().nullish(),
  command: listOf(z.string()).nullish(),
  args: listOf(z.string()).nullish(),
  env: listOf(environmentVariable).nullish(),
  volumeMounts: listOf(volumeMount).nullish(),
  volumeDevices: listOf(z.object({ devicePath: z.string() })).nullish(),
  resources,
  restartPolicy: z.string().nullish(),
  securityContext: z.object({}).nullish(),
});

// Loose, as we make volumes of other kinds, too.
const volume = z.looseObject({
  name: z.string(),
  persistentVolumeClaim: z.object({ claimName: z.string(), readOnly: z.boolean().nullish() }).nullish(),
});

const podSchema = z.object({
  metadata: z
    .object({
      name: z.string().nullish(),
      generateName: z.string().nullish(),
      namespace: z.string().nullish(),
      annotations: strings,
      labels: strings,
    })
    .nullish(),
  spec: z.object({
    containers: listOf(container, { atLeastOne: true }),
    initContainers: listOf(container).nullish(),
    volumes: listOf(volume).nullish(),
    imagePullSecrets: listOf(z.object({ name: z.string().nullish() })).nullish(),
    resources,
    hostUsers: z.boolean().nullish(),
    os: z.object({ name: z.string() }).nullish(),
    nodeSelector: strings,
    securityContext: z.object({ runAsUser: z.number().nullish() }).nullish(),
  }),
});

/** A list whose check ends at its first wrong element. zod's own goes on, and a million wrong ones would fill the memory with issues. */
function listOf<T extends z.ZodType>(element: T, { atLeastOne = false } = {}): z.ZodArray<T> {
  const list = z.array(z.unknown()).check(({ value, issues }) => {
    for (const [index, each] of value.entries()) if (addFirstIssue(element, each, index, issues)) return;
  });
  return (atLeastOne ? list.min(1) : list) as unknown as z.ZodArray<T>;
}

/** A map whose check ends at its first wrong value. */
function mapOf<T extends z.ZodType>(element: T): z.ZodRecord<z.ZodString, T> {
  const map = z.record(z.string(), z.unknown()).check(({ value, issues }) => {
    for (const key of Object.keys(value)) if (addFirstIssue(element, value[key], key, issues)) return;
  });
  return map as unknown as z.ZodRecord<z.ZodString, T>;
}

function addFirstIssue(
  schema: z.ZodType,
  value: unknown,
  key: string | number,
  issues: z.core.$ZodRawIssue[],
): boolean {
  const [first] = schema.safeParse(value).error?.issues ?? [];
  if (first) issues.push({ ...first, input: value, path: [key, ...first.path] } as z.core.$ZodRawIssue);
  return first !== undefined;
}

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

/** The annotations; empty where the metadata can't be read, so that such a pod counts as one that requests nothing. */
export function annotationsOf(object: unknown): Record<string, string> {
  const found = (object as { metadata?: { annotations?: unknown } } | null | undefined)?.metadata?.annotations;
  return found !== null && typeof found === 'object' && !Array.isArray(found) ? (found as Record<string, string>) : {};
}
