/** The names of everything that injection adds to a pod; the fetcher, the policies and people recognise it by them. */

export const volumeNames = {
  dataset: 'dvc-dataset',
  scratch: 'dvc-scratch',
  noToken: 'dvc-no-token',
  caBundle: 'dvc-ca',
} as const;

/** Mount paths in the init container. */
export const fetcherPaths = {
  volume: '/mnt',
  scratch: '/scratch',
  gitSecret: '/var/run/secrets/dvc.io/git',
  remoteSecret: '/var/run/secrets/dvc.io/remote',
  caBundle: '/var/run/secrets/dvc.io/ca',
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
} as const;

const longestLabel = 63;

/** `dvc-fetch`, or `dvc-fetch-<name>` for a named dataset. */
export function fetcherName(dataset: string | null): string {
  return dataset === null ? 'dvc-fetch' : `dvc-fetch-${dataset}`;
}

/** The volume of a dataset's git credentials. */
export function gitSecretVolumeName(dataset: string | null): string {
  return dataset === null ? 'dvc-git' : `dvc-git-${dataset}`;
}

/**
 * The volume of a dataset's remote credentials. A dataset's longest name leaves a volume's name, of at most 63 characters,
 * no room for the hyphen; as no name begins with one, the result is still no other dataset's.
 */
export function remoteSecretVolumeName(dataset: string | null): string {
  if (dataset === null) return 'dvc-remote';
  return `dvc-remote${dataset.length < longestLabel - 'dvc-remote'.length ? '-' : ''}${dataset}`;
}

/** The environment variables that tell the training container about a dataset. */
export function datasetVariables(dataset: string | null): { reference: string; path: string; splitFile: string } {
  const prefix = dataset === null ? 'DVC_DATASET' : `DVC_DATASET_${dataset.toUpperCase().replaceAll('-', '_')}`;
  return { reference: prefix, path: `${prefix}_PATH`, splitFile: `${prefix}_SPLIT_FILE` };
}
