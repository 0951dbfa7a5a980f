/** Namespaces, pods and claims of the tests. */
import { CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { optInLabel } from '../../../src/config/opt-in.ts';
import { eventually } from '../eventually.ts';

/** A reference that parses and names nothing. */
export const reference = `https://git.example.com/ml/images@${'0123456789abcdef0123456789abcdef01234567'}:train`;

/** A new namespace in which pods can be made; opted in unless told otherwise. */
export async function makeNamespace(config: KubeConfig, optedIn = true): Promise<string> {
  const core = config.makeApiClient(CoreV1Api);
  const labels = optedIn ? { [optInLabel.key]: optInLabel.value } : {};
  const made = await core.createNamespace({ body: { metadata: { generateName: 'team-', labels } } });
  const namespace = made.metadata?.name ?? '';
  await eventually('the ServiceAccount of a new namespace', () =>
    core.readNamespacedServiceAccount({ name: 'default', namespace }),
  );
  return namespace;
}

/** Gives a namespace the label, with the value that opts it in unless told otherwise. */
export async function optIn(config: KubeConfig, namespace: string, value: string = optInLabel.value): Promise<void> {
  const body = [{ op: 'add', path: `/metadata/labels/${optInLabel.key.replace('/', '~1')}`, value }];
  await config.makeApiClient(CoreV1Api).patchNamespace({ name: namespace, body });
}

/** A pod that asks for a dataset, or with `null` for none. */
export function podNaming(dataset: string | null, metadata: V1Pod['metadata'] = {}): V1Pod {
  const annotations = { ...(dataset === null ? {} : { 'dvc.io/dataset': dataset }), ...metadata.annotations };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(metadata.name ? {} : { generateName: 'train-' }), ...metadata, annotations },
    spec: { containers: [{ name: 'main', image: 'registry.example.com/train:1' }] },
  };
}

/** The review that the API server would send for this pod. */
export function reviewOf(pod: unknown, request: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'team-a',
      dryRun: false,
      object: pod,
      ...request,
    },
  };
}
