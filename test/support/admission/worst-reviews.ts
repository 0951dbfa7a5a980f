/** The reviews that cost a webhook the most: each of at most 3 MiB, as the API server can be made to send them. */
import { sha } from './pods.ts';
import { trainingReview } from './training-review.ts';

export interface WorstReview {
  name: string;
  /** The body. */
  make(): string;
}

/** Somewhat below 3 MiB, for what stands around it. */
const size = Math.floor(2.7 * 2 ** 20);
const reference = `https://git.example.com/ml/images@${sha}:train`;

/**
 * Ordered by what is repeated: annotations, the pod's lists, plain JSON. Of most there are two: as many as fit into the bytes,
 * which the webhook refuses by their number, and as many as it takes.
 */
export function worstReviews(namespace: string): WorstReview[] {
  const withAnnotations = (annotations: () => Record<string, string>, spec: () => object = () => ({})) => {
    return () => reviewOf(namespace, annotations(), spec());
  };
  const withPod = (spec: () => object) => withAnnotations(() => ({}), spec);
  const withMain = (parts: () => object) => withPod(() => ({ containers: [{ ...main, ...parts() }] }));
  return [
    {
      name: '100 datasets, 90,000 containers',
      make: withAnnotations(hundredDatasets, () => ({ containers: filledWith(container) })),
    },
    {
      name: '100 datasets, 15,000 containers',
      make: withAnnotations(hundredDatasets, () => ({ containers: upTo(15_000, container) })),
    },
    {
      name: '100 datasets in each of 15,000 containers',
      make: withAnnotations(
        () => ({ ...hundredDatasets(), ...hundred((name) => [`dvc.io/containers.${name}`, '*']) }),
        () => ({ containers: upTo(15_000, container) }),
      ),
    },
    {
      name: '45,000 labels',
      make: () => reviewOf(namespace, {}, {}, Object.fromEntries(upTo(45_000, (n) => [`x${n}`, '']))),
    },
    {
      name: '45,000 unknown annotations',
      make: withAnnotations(() => Object.fromEntries(upTo(45_000, (n) => [`dvc.io/x${n}`, '']))),
    },
    {
      name: '12,000 volumes',
      make: withPod(() => ({ volumes: upTo(12_000, (n) => ({ name: `v${n}`, emptyDir: {} })) })),
    },
    {
      name: '12,000 native sidecars',
      make: withPod(() => ({ initContainers: upTo(12_000, (n) => ({ ...container(n), restartPolicy: 'Always' })) })),
    },
    { name: '24,000 variables', make: withMain(() => ({ env: upTo(24_000, (n) => ({ name: `V${n}` })) })) },
    {
      name: '15,000 mounts',
      make: withMain(() => ({ volumeMounts: upTo(15_000, (n) => ({ name: 'shm', mountPath: `/m/${n}` })) })),
    },
    {
      name: '100 datasets in each of 90,000 containers',
      make: withAnnotations(
        () => ({ ...hundredDatasets(), ...hundred((name) => [`dvc.io/containers.${name}`, '*']) }),
        () => ({ containers: filledWith(container) }),
      ),
    },
    {
      name: '100 datasets, each in 1,700 of 45,000 containers',
      make: withAnnotations(
        () => ({ ...hundredDatasets(), ...hundred(namedContainers) }),
        () => ({ containers: filledWith(container, size / 2) }),
      ),
    },
    { name: 'containers: a,a,a,…', make: withAnnotations(() => ({ 'dvc.io/containers': 'a,'.repeat(size / 2) })) },
    {
      name: '130,000 unknown annotations',
      make: withAnnotations(() => Object.fromEntries(filledWith((n) => [`dvc.io/x${n}`, '']))),
    },
    {
      name: '100 datasets, a mount path of a million slashes',
      make: withAnnotations(() => ({ ...hundredDatasets(), 'dvc.io/mount-path.d00': '/a'.repeat(size / 2) })),
    },
    {
      name: '85,000 volumes',
      make: withPod(() => ({ volumes: filledWith((n) => ({ name: `v${n}`, emptyDir: {} })) })),
    },
    {
      name: '50,000 native sidecars',
      make: withPod(() => ({ initContainers: filledWith((n) => ({ ...container(n), restartPolicy: 'Always' })) })),
    },
    { name: '150,000 variables', make: withMain(() => ({ env: filledWith((n) => ({ name: `V${n}` })) })) },
    {
      name: '70,000 mounts',
      make: withMain(() => ({ volumeMounts: filledWith((n) => ({ name: 'shm', mountPath: `/m/${n}` })) })),
    },
    {
      name: 'a mount at b/../ half a million times',
      make: withMain(() => ({ volumeMounts: [{ name: 'shm', mountPath: `/${'b/../'.repeat(size / 5)}` }] })),
    },
    { name: 'a million numbers as containers', make: withPod(() => ({ containers: filledWithCopies(1) })) },
    { name: 'a million empty objects as containers', make: withPod(() => ({ containers: filledWithCopies({}) })) },
    { name: 'lists in lists, a million deep', make: () => deepReview(namespace) },
    {
      name: 'an image name of escapes',
      make: withMain(() => ({ image: '\u0001'.repeat(size / 6) })),
    },
  ];
}

const main = { name: 'main', image: 'i' };

function container(n: string): object {
  return { name: `c${n}`, image: 'i' };
}

/** As many as fit into so many bytes; each is given a number of six digits. */
function filledWith<T>(item: (digits: string) => T, bytes: number = size): T[] {
  const count = Math.floor(bytes / (JSON.stringify(item('000000')).length + 1));
  return upTo(count, item);
}

function upTo<T>(count: number, item: (digits: string) => T): T[] {
  return Array.from({ length: count }, (_, index) => item(String(index).padStart(6, '0')));
}

function filledWithCopies<T>(item: T): T[] {
  return filledWith(() => item);
}

function hundred(annotation: (name: string) => [string, string]): Record<string, string> {
  const names = Array.from({ length: 100 }, (_, index) => `d${String(index).padStart(2, '0')}`);
  return Object.fromEntries(names.map(annotation));
}

function hundredDatasets(): Record<string, string> {
  return hundred((name) => [`dvc.io/dataset.${name}`, reference]);
}

/** Half of the bytes for all lists together. */
function namedContainers(dataset: string): [string, string] {
  const names = Array.from({ length: Math.floor(size / 2 / 100 / 8) }, (_, n) => `c${String(n).padStart(6, '0')}`);
  return [`dvc.io/containers.${dataset}`, names.join(',')];
}

function reviewOf(namespace: string, annotations: Record<string, string>, spec: object, labels = {}): string {
  const review = trainingReview({ namespace });
  const { object } = review.request;
  const metadata = { ...object.metadata, labels, annotations: { 'dvc.io/dataset': reference, ...annotations } };
  const pod = { ...object, metadata, spec: { ...object.spec, containers: [main], ...spec } };
  return JSON.stringify({ ...review, request: { ...review.request, object: pod } });
}

/** JSON.stringify would recurse into it. */
function deepReview(namespace: string): string {
  const depth = Math.floor(size / 2);
  const [before, after] = reviewOf(namespace, {}, { tolerations: ['here'] }).split('"here"');
  return `${before}${'['.repeat(depth)}${']'.repeat(depth)}${after}`;
}
