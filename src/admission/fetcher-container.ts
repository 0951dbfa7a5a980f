/** Builds the init container that fetches one dataset, with so few rights that Pod Security "restricted" accepts it. */
import { quantityValue } from '../config/quantity.ts';
import type { Config } from '../config/schema.ts';
import { defaultRules, formatReference } from '../dataset/reference.ts';
import { datasetVariable, type FetchVariable, keyVariable } from '../fetch-variables.ts';
import { fetcherName, fetcherPaths, gitSecretVolumeName, remoteSecretVolumeName, volumeNames } from './names.ts';
import type { Plan, PlannedDataset } from './plan.ts';
import type { EnvironmentVariable, Pod, VolumeMount } from './pod.ts';
import { remoteOfAdmin } from './repository-globs.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** Bytes that the container may write beside the scratch volume: its logs. */
const ephemeralStorageSlack = 2 ** 30;

export const fetcherCommand = ['dvc-injector', 'fetch'] as const;

/** What Pod Security "restricted" asks for, and the user of the configuration. */
export function fetcherSecurityContext({ fetcher }: Config): Record<string, unknown> {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    ...(fetcher.runAsUser === null ? {} : { runAsUser: fetcher.runAsUser }),
    ...(fetcher.runAsGroup === null ? {} : { runAsGroup: fetcher.runAsGroup }),
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** True where an app container has a limit of ephemeral storage. */
export function limitsStorage(pod: Pod): boolean {
  return pod.spec.containers.some((container) => container.resources?.limits?.['ephemeral-storage'] !== undefined);
}

/** The container as JSON, as it goes into `spec.initContainers`; `limited` where the pod {@link limitsStorage}. */
export function fetcherContainer(dataset: PlannedDataset, plan: Plan, limited: boolean): Record<string, unknown> {
  const { fetcher } = plan.config;
  return {
    name: fetcherName(dataset.name),
    image: fetcher.image,
    imagePullPolicy: fetcher.pullPolicy,
    command: [...fetcherCommand],
    env: distinct([
      ...asVariables(ownVariables(dataset, plan.config, plan.scratch)),
      ...asVariables(fetcher.env),
      ...dataset.identity.env,
    ]),
    resources: resourcesOf(dataset, limited),
    securityContext: fetcherSecurityContext(plan.config),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [...ownMounts(dataset, plan), ...dataset.identity.mounts],
  };
}

/**
 * The variables that tell the fetcher what to do. All are set, also the empty ones: no variable that is added to the
 * container by other means can then widen what the admin allows. Of a Secret nothing is environment, where NODE_OPTIONS
 * would be code: both are mounted. `scratch` is the size of the scratch volume.
 */
export function ownVariables(dataset: RequestedDataset, config: Config, scratch: string): Record<string, string> {
  const { repositories, remotes, fetcher } = config;
  const own: Partial<Record<FetchVariable, string>> = {
    [keyVariable]: dataset.key,
    [datasetVariable]: formatReference(dataset.reference),
    DVC_INJECTOR_DATA_DIR: dataset.directories.dataDir,
    DVC_INJECTOR_SPLIT_DIR: dataset.directories.splitDir,
    DVC_INJECTOR_REMOTE: dataset.remote ?? '',
    ...fallbackVariables(dataset, config),
    DVC_INJECTOR_VOLUME: fetcherPaths.volume,
    DVC_INJECTOR_SCRATCH: fetcherPaths.scratch,
    DVC_INJECTOR_SCRATCH_LIMIT: scratch,
    DVC_INJECTOR_GIT_SECRET_DIR: fetcherPaths.gitSecret,
    DVC_INJECTOR_REMOTE_SECRET_DIR: fetcherPaths.remoteSecret,
    DVC_INJECTOR_ALLOW_SCHEME: repositories.schemes
      .filter((scheme) => !defaultRules.schemes.includes(scheme))
      .join(','),
    DVC_INJECTOR_ALLOW_ENDPOINT: remotes.endpoints.join(','),
    DVC_INJECTOR_WAIT_TIMEOUT: fetcher.waitTimeout,
  };
  if (fetcher.caBundle) own.DVC_INJECTOR_CA_BUNDLE = `${fetcherPaths.caBundle}/${fetcher.caBundle.key}`;
  return own;
}

/** Which repository gets which remote is decided here, so that the fetcher needs no globs. */
function fallbackVariables({ reference }: RequestedDataset, config: Config): Record<string, string> {
  const remote = remoteOfAdmin(reference.repository.canonical, config);
  return {
    DVC_INJECTOR_FALLBACK_REMOTE: remote?.url ?? '',
    DVC_INJECTOR_FALLBACK_REGION: remote?.region ?? '',
    DVC_INJECTOR_FALLBACK_ENDPOINT: remote?.endpoint ?? '',
  };
}

function asVariables(values: Readonly<Record<string, string>>): EnvironmentVariable[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** The first variable of each name; the others of that name are dropped. */
function distinct(variables: readonly EnvironmentVariable[]): EnvironmentVariable[] {
  return variables.filter((variable, index) => variables.findIndex((other) => other.name === variable.name) === index);
}

function ownMounts(dataset: PlannedDataset, plan: Plan): VolumeMount[] {
  return [
    { name: plan.claimVolume, mountPath: fetcherPaths.volume },
    { name: volumeNames.scratch, mountPath: fetcherPaths.scratch },
    { name: gitSecretVolumeName(dataset.name), mountPath: fetcherPaths.gitSecret, readOnly: true },
    { name: remoteSecretVolumeName(dataset.name), mountPath: fetcherPaths.remoteSecret, readOnly: true },
    ...(plan.config.fetcher.caBundle
      ? [{ name: volumeNames.caBundle, mountPath: fetcherPaths.caBundle, readOnly: true }]
      : []),
    // The ServiceAccount admission plugin runs again after us and mounts the token wherever nothing is mounted at
    // exactly this path; a hostile repository must find nothing there.
    { name: volumeNames.noToken, mountPath: fetcherPaths.serviceAccount, readOnly: true },
  ];
}

/**
 * cpu and memory: requests equal limits, which keeps Guaranteed pods Guaranteed and passes LimitRange ratios.
 * ephemeral-storage: a request; a limit only where an app container has one, as an init container's limit otherwise
 * becomes the bound at which the whole pod is evicted (source: kubelet's eviction manager, PodRequestsAndLimits).
 */
function resourcesOf(dataset: PlannedDataset, limited: boolean): Record<string, Record<string, string>> {
  const { cpu, memory, scratch } = dataset;
  const limit = String(Math.ceil((quantityValue(scratch) ?? 0) + ephemeralStorageSlack));
  return {
    requests: { cpu, memory, 'ephemeral-storage': scratch },
    limits: { cpu, memory, ...(limited ? { 'ephemeral-storage': limit } : {}) },
  };
}
