/** Definitions of kinds as operators install them, of which a test needs no more than the shape that its objects have. */
import type { KubernetesObject } from '@kubernetes/client-node';

/** Kubeflow's PyTorchJob, Argo's Workflow, and a kind that no table knows. */
export const operatorCrds: readonly KubernetesObject[] = [
  crd('kubeflow.org', 'v1', 'PyTorchJob', {
    pytorchReplicaSpecs: {
      type: 'object',
      additionalProperties: object({
        replicas: { type: 'integer' },
        restartPolicy: { type: 'string' },
        template: podTemplate(),
      }),
    },
  }),
  crd('argoproj.io', 'v1alpha1', 'Workflow', {
    entrypoint: { type: 'string' },
    templates: {
      type: 'array',
      // Argo's steps are lists of lists, which its own definition leaves open too.
      items: { ...object({ name: { type: 'string' }, metadata: podMetadata() }), ...open() },
    },
  }),
  crd('example.com', 'v1', 'Training', { image: { type: 'string' } }),
];

function crd(group: string, version: string, kind: string, spec: object): KubernetesObject {
  const plural = `${kind.toLowerCase()}s`;
  const openAPIV3Schema = object({ spec: object(spec) });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  } as KubernetesObject;
}

function podTemplate() {
  return object({ metadata: podMetadata(), spec: open() });
}

function podMetadata() {
  const texts = { type: 'object', additionalProperties: { type: 'string' } };
  return object({ annotations: texts, labels: texts });
}

function object(properties: object) {
  return { type: 'object', properties };
}

function open() {
  return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}
