/** The schema of the configuration file: every key with its type, default and meaning. The reference page is generated from it. */
import { z } from 'zod';
import { InvalidReference } from '../dataset/invalid-reference.ts';
import { parseRepository, schemes } from '../dataset/repository.ts';
import { version } from '../version.ts';
import { durationSeconds } from './duration.ts';
import { images } from './images.ts';
import { quantityValue } from './quantity.ts';
import { storageSection } from './storage-section.ts';
import {
  cloudEndpointAdvice,
  cloudEndpointForm,
  dnsName,
  endpointAdvice,
  endpointForm,
  quantity,
  regionAdvice,
  regionForm,
  remoteUrlAdvice,
  remoteUrlForm,
} from './values.ts';

const durationAdvice = 'must be a duration such as 90s, 30m or 6h';
const duration = z.string(durationAdvice).refine((text) => (durationSeconds(text) ?? 0) > 0, durationAdvice);

const unixId = z.int().min(1, 'must not be root').max(2_147_483_647).nullable();

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');

const fetcher = z.strictObject({
  image: z.string().min(1).default(`${images.fetcher}:${version}`).describe('Image of the init container.'),
  pullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .default('IfNotPresent')
    .describe("The init container's imagePullPolicy."),
  pullSecrets: z
    .array(dnsName)
    .default([])
    .describe("Secrets in the pod's namespace that are added to its imagePullSecrets."),
  cpu: quantity.default('1').describe("The init container's CPU: request and limit."),
  memory: quantity.default('1Gi').describe("The init container's memory: request and limit."),
  scratch: quantity.default('10Gi').describe('Size limit of the node-local scratch volume. A dataset may be larger.'),
  maxCpu: quantity.default('8').describe('The most that the annotation dvc.io/cpu may ask for.'),
  maxMemory: quantity.default('32Gi').describe('The most that the annotation dvc.io/memory may ask for.'),
  maxScratch: quantity.default('1Ti').describe('The most that the annotation dvc.io/scratch may ask for.'),
  runAsUser: unixId.default(65532).describe("UID of the init container; null inherits the pod's (OpenShift)."),
  runAsGroup: unixId.default(65532).describe("GID of the init container; null inherits the pod's."),
  env: z
    .record(environmentName, z.string())
    .default({})
    .describe('Environment added to the init container: proxies, AWS_REGION, …'),
  caBundle: z
    .strictObject({
      configMap: dnsName,
      key: z
        .string()
        .regex(/^[-._a-zA-Z0-9]+$/, 'must be a key of the ConfigMap')
        .default('ca.crt'),
    })
    .optional()
    .describe("A ConfigMap in the pod's namespace whose PEM certificates git and the remotes are checked against."),
  waitTimeout: duration
    .default('6h')
    .describe('How long an init container waits for another one that fetches the same dataset.'),
});

const repositoryRemote = z.strictObject({
  repository: z.string().min(1),
  url: z.string().regex(remoteUrlForm, remoteUrlAdvice),
  region: z.string().regex(regionForm, regionAdvice).optional(),
  endpoint: z.string().regex(cloudEndpointForm, cloudEndpointAdvice).optional(),
});

const repositories = z.strictObject({
  aliases: z
    .record(
      z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'must be letters, digits and . _ -'),
      z.string().min(1),
    )
    .default({})
    .describe(
      'Short names for repositories: `images: https://git.example.com/ml/images` lets pods write `images@<sha>:train`.',
    ),
  allowed: z
    .array(z.string().min(1))
    .default(['**'])
    .describe('Globs on the canonical URL; a repository must match one.'),
  schemes: z
    .array(z.enum(schemes))
    .min(1)
    .default(['https', 'ssh'])
    .describe('Schemes that a repository may be written with. `http` and `file` prove nothing about the server.'),
  remotes: z
    .array(repositoryRemote.superRefine(requireFittingKeys))
    .default([])
    .describe(
      "DVC remotes that the admin gives to repositories: `{repository: <glob on the canonical URL>, url: s3://datasets/images, region, endpoint}`, of which the first that matches counts. It is used where a commit's default remote is missing, a local folder, or of a type that can't be fetched from, never in place of a remote in reach, of one that `dvc.io/remote` names, or of an output's own. `region` is for `s3`, `endpoint` for `s3` and `gs`; its own server needs no entry in `remotes.endpoints`.",
    ),
});

const remotes = z.strictObject({
  endpoints: z
    .array(z.string().regex(endpointForm, endpointAdvice))
    .default([])
    .describe(
      "Servers other than the cloud's own that a repository's DVC remote may name: origins such as `https://minio.example.com:9000`, or hosts, each for `https` and `ssh` only. What goes unencrypted is listed with its `http://`. A server at a loopback or link-local address, also a git server, is reached only where it is listed.",
    ),
});

const mesh = z.strictObject({
  proxies: z
    .array(dnsName)
    .default(['istio-proxy', 'linkerd-proxy', 'consul-dataplane', 'kuma-sidecar'])
    .describe(
      'Names of service-mesh proxies: never given the mounts by default, and awaited when they are native sidecars.',
    ),
});

/** Who may send reviews, whatever the source of our own certificate. */
const clientCertificates = {
  clientCA: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File of PEM certificates; only clients with a certificate that one of them signed may send reviews. Followed as it changes. Absent: anyone who reaches the port.',
    ),
  clientNames: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Common names or DNS names, of which the certificate of such a client must have one. Absent: any.'),
};

const tls = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('self-signed'), ...clientCertificates }),
    z.strictObject({
      mode: z.enum(['provided', 'cert-manager']),
      certFile: z.string().min(1),
      keyFile: z.string().min(1),
      ...clientCertificates,
    }),
  ])
  .default({ mode: 'self-signed' })
  .describe(
    'Where the serving certificate comes from; `provided` and `cert-manager` read certFile and keyFile and follow their changes.',
  );

const webhook = z.strictObject({
  address: z
    .string()
    .min(1)
    .optional()
    .describe('Address that the servers listen on. Absent: all addresses, of IPv4 and IPv6.'),
  port: z.int().min(0).max(65535).default(8443).describe('HTTPS port of /mutate, /healthz and /readyz.'),
  metricsPort: z.int().min(0).max(65535).default(9090).describe('HTTP port of /metrics.'),
  namespace: dnsName.default('dvc-injector').describe("The webhook's own namespace; its pods are never touched."),
  service: dnsName.default('dvc-injector').describe('Name of the Service that the API server calls.'),
  configuration: dnsName
    .default('dvc-injector')
    .describe('Name of the MutatingWebhookConfiguration whose caBundle is kept.'),
  tls,
});

/** Otherwise every pod that uses the defaults would be above the admin's own maximum, and be denied. */
function requireWithinMaxima(section: z.output<typeof fetcher>, context: z.RefinementCtx): void {
  for (const [key, maximum] of [
    ['cpu', 'maxCpu'],
    ['memory', 'maxMemory'],
    ['scratch', 'maxScratch'],
  ] as const) {
    if ((quantityValue(section[key]) ?? 0) > (quantityValue(section[maximum]) ?? 0)) {
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `must not be above ${maximum}, which is ${section[maximum]}`,
      });
    }
  }
}

/** Other types would leave them out without a word. */
function requireFittingKeys(remote: z.output<typeof repositoryRemote>, context: z.RefinementCtx): void {
  const refuse = (key: 'region' | 'endpoint', types: string) =>
    context.addIssue({ code: 'custom', path: [key], message: `is only for a url of ${types}` });
  if (remote.region !== undefined && !remote.url.startsWith('s3://')) refuse('region', 's3://');
  if (remote.endpoint !== undefined && !/^(?:s3|gs):/.test(remote.url)) refuse('endpoint', 's3:// or gs://');
}

/** A wrong alias is the admin's mistake, so it is reported at the start and not to the author of each pod that uses it. */
function requireReadableAliases(section: z.output<typeof repositories>, context: z.RefinementCtx): void {
  for (const [alias, url] of Object.entries(section.aliases)) {
    try {
      parseRepository(url, section.schemes);
    } catch (error) {
      if (!(error instanceof InvalidReference)) throw error;
      context.addIssue({ code: 'custom', path: ['aliases', alias], message: error.message });
    }
  }
}

/** With 0 the kernel chooses another free port for each, so two zeros don't collide. */
function requireTwoPorts({ port, metricsPort }: z.output<typeof webhook>, context: z.RefinementCtx): void {
  if (port !== metricsPort || port === 0) return;
  context.addIssue({ code: 'custom', path: ['metricsPort'], message: `must not be webhook.port, which is ${port}` });
}

/** Names alone would restrict nobody, which is not what their author meant. */
function requireClientAuthority({ tls }: z.output<typeof webhook>, context: z.RefinementCtx): void {
  if (tls.clientNames === undefined || tls.clientCA !== undefined) return;
  const message = 'needs webhook.tls.clientCA, whose certificates have these names';
  context.addIssue({ code: 'custom', path: ['tls', 'clientNames'], message });
}

/** The whole file. An absent section is its defaults; an unknown key is an error. */
export const configSchema = z.strictObject({
  fetcher: fetcher.superRefine(requireWithinMaxima).prefault({}),
  repositories: repositories.superRefine(requireReadableAliases).prefault({}),
  remotes: remotes.prefault({}),
  storage: storageSection.prefault({}),
  mesh: mesh.prefault({}),
  accelerators: z
    .array(
      z
        .string()
        .regex(
          /^[^\s/*]+\/[^\s/*]+\*?$|^[^\s/*]+\/\*$/,
          'must be a resource such as example.com/npu or example.com/npu-*',
        ),
    )
    .default([])
    .describe(
      'Resources beside the well-known ones (nvidia.com/gpu, amd.com/gpu, google.com/tpu, …) by which the container that trains is found; `*` may stand at the end.',
    ),
  webhook: webhook.superRefine(requireTwoPorts).superRefine(requireClientAuthority).prefault({}),
});

/** The configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;
export type StorageConfig = Config['storage'];
