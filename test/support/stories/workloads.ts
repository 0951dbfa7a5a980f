/** What teams create: pods that look at their dataset and print it. */
import type { V1Container, V1Job, V1Pod, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import { trainerImage } from '../images/small.ts';

/** Prints every file below its mount with its md5, in the form of md5sum. */
export const listFiles = 'cd /mnt && find . -type f -print0 | sort -z | xargs -0 md5sum';

/** A container that runs this shell script; it asks for little. */
export function trainer(script: string, more: Partial<V1Container> = {}): V1Container {
  return {
    name: 'main',
    image: trainerImage,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-ec', script],
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
    ...more,
  };
}

export interface PodOptions {
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  container?: Partial<V1Container>;
  spec?: Partial<V1PodSpec>;
}

/** A template of a pod that asks for `dataset` and runs `script` once. */
export function template(dataset: string | null, script: string, options: PodOptions = {}): V1PodTemplateSpec {
  const { annotations = {}, labels = {}, container = {}, spec = {} } = options;
  return {
    metadata: { labels, annotations: { ...(dataset === null ? {} : { 'dvc.io/dataset': dataset }), ...annotations } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      ...spec,
      containers: [trainer(script, container), ...(spec.containers ?? [])],
    },
  };
}

/** The same as a pod of its own. */
export function pod(name: string, dataset: string | null, script: string, options: PodOptions = {}): V1Pod {
  const { metadata, spec } = template(dataset, script, options);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, ...(spec ? { spec } : {}) };
}

/** The same as a Job. */
export function job(name: string, dataset: string | null, script: string, options: PodOptions = {}): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { backoffLimit: 0, template: template(dataset, script, options) },
  };
}
