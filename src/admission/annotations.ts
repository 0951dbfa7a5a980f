/** The annotations of a pod: one table from which they are read, checked for typing errors and documented. */

interface AnnotationRow {
  /** Whether `<annotation>.<name>` is known too, for one named dataset. */
  named: boolean;
  value: string;
  fallback: string;
  meaning: string;
}

export const annotationPrefix = 'dvc.io/';

/** Every annotation by its name behind `dvc.io/`. */
export const annotations = {
  dataset: {
    named: true,
    value: '`<repo>@<full sha>:<split>`',
    fallback: '–',
    meaning:
      "The dataset: a repository's URL (https, ssh, `user@host:path`) or an alias of the admin's, the full 40 or 64 hex digits of a commit, and the split: the path of a list below the split directory, `*` for every file, or a glob such as `train/**` ([what a split may be](../splits.md)). With `.<name>` (a DNS label of at most 53 characters) it is a further dataset; a pod has at most 100 of these.",
  },
  'mount-path': {
    named: true,
    value: 'absolute path',
    fallback: '`/mnt`, for a named dataset `/mnt/<name>`',
    meaning: 'Where the dataset appears in the container. The mount paths of one pod must not lie in one another.',
  },
  containers: {
    named: true,
    value: 'comma-separated names, or `*`',
    fallback: 'the main container',
    meaning:
      'Which containers get the dataset. `*` is every container but known mesh proxies. Without it: the only container (known proxies aside), else the one named by `kubectl.kubernetes.io/default-container`, else `main`, else the first that asks for an accelerator (a GPU, TPU, … by its resource; a claim of dynamic resource allocation; another device than those of networks and file systems), else the first, with a warning.',
  },
  'data-dir': {
    named: true,
    value: 'path in the repository',
    fallback: '`data`',
    meaning:
      'What the dataset is: [all that DVC tracks at, below or around this path](../repositories.md), such as a folder, a single file, a part of a tracked folder, or a folder above several; `.` is the whole repository.',
  },
  'split-dir': {
    named: true,
    value: 'path in the repository',
    fallback: '`data-split`',
    meaning: 'The folder of reference lists that name subsets of the data. It may be the data directory, or lie in it.',
  },
  remote: {
    named: true,
    value: 'name of a DVC remote',
    fallback: "the commit's default",
    meaning:
      "The remote of the commit's `.dvc/config` to fetch from, as `dvc pull -r`: it replaces the default. What an output names as its own remote stays its own.",
  },
  'git-secret': {
    named: true,
    value: 'name of a Secret',
    fallback: '`dvc-git-credentials`, if it exists',
    meaning:
      "Secret in the pod's namespace of type `kubernetes.io/basic-auth` or `kubernetes.io/ssh-auth` (then with `known_hosts`), with which the repository is read; with a key `host`, that server's only.",
  },
  'remote-secret': {
    named: true,
    value: 'name of a Secret',
    fallback: '`dvc-remote-credentials`, if it exists',
    meaning:
      "Secret in the pod's namespace with the credentials of the DVC remote, under [the keys of its type](remotes.md), such as `AWS_ACCESS_KEY_ID`.",
  },
  cpu: {
    named: true,
    value: 'quantity',
    fallback: '`fetcher.cpu`',
    meaning: "The init container's CPU, at most `fetcher.maxCpu`.",
  },
  memory: {
    named: true,
    value: 'quantity',
    fallback: '`fetcher.memory`',
    meaning: "The init container's memory, at most `fetcher.maxMemory`.",
  },
  scratch: {
    named: true,
    value: 'quantity',
    fallback: '`fetcher.scratch`',
    meaning: 'Size of the node-local scratch space, at most `fetcher.maxScratch`. A dataset may be larger.',
  },
  'dataset-status': {
    named: false,
    value: '`injected`',
    fallback: '–',
    meaning: 'Written by the webhook, for people; never read.',
  },
} as const satisfies Record<string, AnnotationRow>;

export type AnnotationName = keyof typeof annotations;

/** Written by us on the pod. */
export const statusAnnotation = annotationKey('dataset-status', null);
/** Label with the key of the pod's first dataset; its presence finds injected pods. */
export const keyLabel = `${annotationPrefix}dataset-key`;

/** The longest name of a dataset: `dvc-fetch-<name>` has to be a container's name of at most 63 characters. */
export const longestDatasetName = 53;

/** The most named datasets of one pod: each is an init container, and no pod may occupy the webhook for long. */
export const mostDatasets = 100;

const datasetAnnotation = annotationKey('dataset', null);

/** True when one of the annotations requests a dataset. The CEL match condition of the webhook's registration says the same. */
export function namesDataset(all: Readonly<Record<string, string>>): boolean {
  return Object.keys(all).some((key) => key === datasetAnnotation || key.startsWith(`${datasetAnnotation}.`));
}

/** The full annotation for one dataset: `dvc.io/mount-path` or `dvc.io/mount-path.<name>`. */
export function annotationKey(name: AnnotationName, dataset: string | null): string {
  return dataset === null ? `${annotationPrefix}${name}` : `${annotationPrefix}${name}.${dataset}`;
}

/** Splits `dvc.io/<name>[.<dataset>]`; null when the annotation isn't ours or its name is not in the table. */
export function readAnnotationKey(key: string): { name: AnnotationName; dataset: string | null } | null {
  if (!key.startsWith(annotationPrefix)) return null;
  const rest = key.slice(annotationPrefix.length);
  const dot = rest.indexOf('.');
  const name = dot < 0 ? rest : rest.slice(0, dot);
  if (!Object.hasOwn(annotations, name)) return null;
  const known = name as AnnotationName;
  if (dot >= 0 && !annotations[known].named) return null;
  return { name: known, dataset: dot < 0 ? null : rest.slice(dot + 1) };
}
