/** Builds the init container that fetches one dataset, with so few rights that Pod Security "restricted" accepts it. */
import { quantityValue } from '../config/quantity.ts';
import { defaultRules, formatReference } from '../dataset/reference.ts';
import { datasetVariable, fetcherName, fetcherPaths, gitSecretVolumeName, keyVariable, volumeNames } from './names.ts';
import { type Plan, type PlannedDataset, scratchSize } from './plan.ts';
import type { EnvironmentVariable, Pod, VolumeMount } from './pod.ts';

/** Bytes that the container may write beside the scratch volume: its logs. */
const ephemeralStorageSlack = 2 ** 30;

/** The container as JSON, as it goes into `spec.initContainers`. */
export function fetcherContainer(pod: Pod, dataset: PlannedDataset, plan: Plan): Record<string, unknown> {
  const { fetcher } = plan.config;
  return {
    name: fetcherName(dataset.name),
    image: fetcher.image,
    imagePullPolicy: fetcher.pullPolicy,
    command: ['dvc-injector', 'fetch'],
    env: distinct([...ownVariables(dataset, plan), ...configuredVariables(plan), ...dataset.identity.env]),
    envFrom: [{ secretRef: { name: dataset.remoteSecret, optional: true } }],
    resources: resourcesOf(pod, dataset),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      ...(fetcher.runAsUser === null ? {} : { runAsUser: fetcher.runAsUser }),
      ...(fetcher.runAsGroup === null ? {} : { runAsGroup: fetcher.runAsGroup }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [...ownMounts(dataset, plan), ...dataset.identity.mounts],
  };
}

/**
 * All are set, also the empty ones: explicit variables win over `envFrom`, so that no Secret of a namespace can widen what
 * the admin allows.
 */
function ownVariables(dataset: PlannedDataset, plan: Plan): EnvironmentVariable[] {
  const { repositories, remotes, fetcher } = plan.config;
  const values: Record<string, string> = {
    [keyVariable]: dataset.key,
    [datasetVariable]: formatReference(dataset.reference),
    DVC_INJECTOR_DATA_DIR: dataset.directories.dataDir,
    DVC_INJECTOR_SPLIT_DIR: dataset.directories.splitDir,
    DVC_INJECTOR_VOLUME: fetcherPaths.volume,
    DVC_INJECTOR_SCRATCH: fetcherPaths.scratch,
    DVC_INJECTOR_SCRATCH_LIMIT: scratchSize(plan.datasets),
    DVC_INJECTOR_GIT_SECRET_DIR: fetcherPaths.gitSecret,
    DVC_INJECTOR_ALLOW_SCHEME: repositories.schemes
      .filter((scheme) => !defaultRules.schemes.includes(scheme))
      .join(','),
    DVC_INJECTOR_ALLOW_ENDPOINT: remotes.endpoints.join(','),
    DVC_INJECTOR_WAIT_TIMEOUT: fetcher.waitTimeout,
    ...(fetcher.caBundle ? { DVC_INJECTOR_CA_BUNDLE: `${fetcherPaths.caBundle}/${fetcher.caBundle.key}` } : {}),
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function configuredVariables(plan: Plan): EnvironmentVariable[] {
  return Object.entries(plan.config.fetcher.env).map(([name, value]) => ({ name, value }));
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
function resourcesOf(pod: Pod, dataset: PlannedDataset): Record<string, Record<string, string>> {
  const { cpu, memory, scratch } = dataset;
  const limited = pod.spec.containers.some(
    (container) => container.resources?.limits?.['ephemeral-storage'] !== undefined,
  );
  const limit = String(Math.ceil((quantityValue(scratch) ?? 0) + ephemeralStorageSlack));
  return {
    requests: { cpu, memory, 'ephemeral-storage': scratch },
    limits: { cpu, memory, ...(limited ? { 'ephemeral-storage': limit } : {}) },
  };
}
