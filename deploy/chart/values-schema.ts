/** The schema of values.yaml. Its `config` is the schema of the configuration file itself, so that the two can't differ. */
import { z } from 'zod';
import { configSchema } from '../../src/config/schema.ts';

const labels = z.record(z.string(), z.string());
/** Parts of a pod that the API server checks better than we could. */
const anything = z.looseObject({});
const objects = z.array(anything);
const objectName = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
const optionalName = z.string().regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/);
/** NetworkPolicyPeers; an address alone is a mistake that is better found here than by the API server. */
const peers = z.array(
  z.strictObject({
    ipBlock: z
      .strictObject({
        cidr: z.string().regex(/^[0-9A-Fa-f.:]+\/[0-9]{1,3}$/),
        except: z.array(z.string()).optional(),
      })
      .optional(),
    namespaceSelector: anything.optional(),
    podSelector: anything.optional(),
  }),
);
const goDuration = z.string().regex(/^([0-9]+(s|m|h))+$/);
const port = z.int().min(1).max(65535);
const unixId = z.int().min(1).max(2_147_483_647).nullable().optional();
/** Names become a Service's, which has no dots and must leave room for the longest suffix. */
const objectPrefix = z
  .string()
  .max(40)
  .regex(/^([a-z]([a-z0-9-]*[a-z0-9])?)?$/);

/** An access point has no folder that could be prepared from outside. */
const bareHandle = z.string().regex(/^(efs:)?fs-[0-9a-f]{8,40}(:(\/[A-Za-z0-9_~+@=-][A-Za-z0-9._~+@=-]*)+)?$/);

/** Everything but `config`. Defaults stand in values.yaml. */
const ownValues = z.strictObject({
  // Helm adds it where this chart is another's dependency.
  global: anything.optional(),
  prepareVolumes: z.array(bareHandle),
  image: z.strictObject({
    repository: z.string().min(1),
    tag: z.string(),
    digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  }),
  imagePullSecrets: z.array(z.strictObject({ name: objectName })),
  replicas: z.int().min(1),
  resources: z.strictObject({ requests: anything.optional(), limits: anything.optional() }),
  // The pod's grace period is computed from it.
  drain: z.string().regex(/^[0-9]{1,3}s$/),
  hostNetwork: z.boolean(),
  runAsUser: unixId,
  runAsGroup: unixId,
  priorityClassName: optionalName,
  nodeSelector: labels,
  tolerations: objects,
  affinity: anything,
  topologySpreadConstraints: objects,
  podLabels: labels,
  podAnnotations: labels,
  serviceAccount: z.strictObject({ annotations: labels }),
  podDisruptionBudget: z.strictObject({ enabled: z.boolean() }),
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    webhookFrom: peers,
    metricsFrom: objects,
    apiServerPorts: z.array(port).min(1),
    apiServerTo: objects,
  }),
  tls: z.strictObject({
    mode: z.enum(['self-signed', 'cert-manager', 'provided']),
    certManager: z.strictObject({
      issuerRef: z.strictObject({
        name: objectName.optional(),
        kind: z.string().min(1).optional(),
        group: z.string().min(1).optional(),
      }),
      duration: goDuration,
      renewBefore: goDuration,
    }),
    provided: z.strictObject({ secretName: optionalName, caBundle: z.string() }),
    clientCA: z.strictObject({
      configMap: optionalName,
      secret: optionalName,
      key: z.string().regex(/^[-._a-zA-Z0-9]+$/),
    }),
    clientNames: z.array(z.string().min(1)),
  }),
  policies: z.strictObject({
    notOptedIn: z.boolean(),
    annotationBesideTemplate: z.boolean(),
    unknownAnnotation: z.boolean(),
    customKinds: z.array(
      z.strictObject({ apiGroups: z.array(z.string()).min(1), resources: z.array(z.string().min(1)).min(1) }),
    ),
    mustBeInjected: z.boolean(),
    // Off without quotes is false to YAML.
    protectClaim: z.union([z.enum(['Off', 'Warn', 'Deny']), z.literal(false)]),
  }),
  nameOverride: objectPrefix,
  fullnameOverride: objectPrefix,
});

/** Keys of the configuration's section `webhook` that the chart fills in itself. */
const chartsOwn = ['namespace', 'service', 'configuration', 'tls'];

interface Node {
  type?: string;
  pattern?: string;
  exclusiveMinimum?: number;
  minimum?: number;
  default?: unknown;
  properties?: Record<string, Node>;
  anyOf?: Node[];
}

/** The JSON Schema of values.yaml, as Helm checks it before anything is rendered. */
export function valuesSchema(): Record<string, unknown> {
  const own = z.toJSONSchema(ownValues, { io: 'input' }) as Record<string, unknown> & { properties: object };
  return { ...own, title: 'Values of dvc-injector', properties: { ...own.properties, config: configNode() } };
}

function configNode(): Node {
  const { $schema: _, ...config } = z.toJSONSchema(configSchema, { io: 'input', override: refine }) as Node & {
    $schema: string;
  };
  const webhook = config.properties?.webhook?.properties ?? {};
  for (const key of chartsOwn) delete webhook[key];
  for (const key of ['port', 'metricsPort']) {
    const node = webhook[key];
    // 0 lets the kernel choose, which a Service can't follow.
    if (node) node.minimum = 1;
  }
  return config;
}

/** JSON Schema can't run the code of a refinement, so those that the configuration has are said as patterns here. */
function refine({ jsonSchema, path }: { jsonSchema: unknown; path: (string | number)[] }): void {
  const node = jsonSchema as Node;
  // A default here would only go stale: an absent key is the webhook's business, whatever version it has.
  delete node.default;
  const [text, number] = node.anyOf ?? [];
  if (node.anyOf?.length === 2 && text?.type === 'string' && number?.type === 'number') {
    text.pattern = '^\\+?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$';
    number.exclusiveMinimum = 0;
  }
  if (path.at(-1) === 'waitTimeout') node.pattern = '^([0-9]+[smhd])+$';
}
