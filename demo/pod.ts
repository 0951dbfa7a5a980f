/** The pod of the demo: what a data scientist writes, and nothing else. */

export interface PodManifest {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata: { name: string; namespace: string; annotations: Record<string, string> };
  spec: { restartPolicy: string; containers: { name: string; image: string; command: string[] }[] };
}

export function podFor(name: string, namespace: string, dataset: string): PodManifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations: { 'dvc.io/dataset': dataset } },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: 'registry.example.com/train:1', command: ['python', 'train.py'] }],
    },
  };
}
