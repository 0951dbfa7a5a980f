/**
 * The Argo template that Kubeflow Pipelines makes of a compiled step (kubeflow/pipelines 2.17.0). Taken from its sources
 * and not run here: the workflow compiler (backend/src/v2/compiler/argocompiler/container.go) puts the step's annotations on
 * the template's metadata and brings the launcher and its scratch volumes; the driver (backend/src/v2/driver/driver.go,
 * initPodSpecPatch) writes image, command, arguments and resources into a podSpecPatch. The launcher's own arguments are
 * shortened: no webhook looks at them.
 */
import type { ArgoTemplate } from './argo-pod.ts';
import type { PipelineStep } from './kfp.ts';

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const scratch: [volume: string, path: string][] = [
  ['gcs-scratch', '/gcs'],
  ['s3-scratch', '/s3'],
  ['minio-scratch', '/minio'],
  ['dot-local-scratch', '/.local'],
  ['dot-cache-scratch', '/.cache'],
  ['dot-config-scratch', '/.config'],
];
const launcherMount = { name: 'kfp-launcher', mountPath: '/kfp-launcher' };

/** The template `system-container-impl` of one step, with its podSpecPatch put in. */
export function kfpTemplate(step: PipelineStep): ArgoTemplate {
  return {
    name: 'system-container-impl',
    metadata: { annotations: { 'pipelines.kubeflow.org/runtime-role': 'launcher', ...step.annotations } },
    volumes: ['kfp-launcher', ...scratch.map(([name]) => name)].map((name) => ({ name, emptyDir: {} })),
    initContainers: [
      {
        name: 'kfp-launcher',
        image: 'ghcr.io/kubeflow/kfp-launcher:2.17.0',
        command: ['launcher-v2'],
        args: ['--copy', '/kfp-launcher/launch'],
        resources: { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '256Mi' } },
        securityContext: { ...restricted, runAsNonRoot: true },
        volumeMounts: [launcherMount],
      },
    ],
    container: {
      image: 'gcr.io/ml-pipeline/should-be-overridden-during-runtime',
      command: ['should-be-overridden-during-runtime'],
      env: [
        { name: 'KFP_POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'KFP_POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
      ],
      envFrom: [{ configMapRef: { name: 'metadata-grpc-configmap', optional: true } }],
      securityContext: restricted,
      volumeMounts: [launcherMount, ...scratch.map(([name, mountPath]) => ({ name, mountPath }))],
    },
    podSpecPatch: JSON.stringify({ containers: [driverPatch(step)] }),
  };
}

function driverPatch({ pipeline, container }: PipelineStep): Record<string, unknown> {
  const { resourceCpuLimit: cpu, resourceMemoryLimit: memory, accelerator } = container.resources;
  const limits = {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(accelerator ? { [accelerator.resourceType]: accelerator.resourceCount } : {}),
  };
  return {
    name: 'main',
    image: container.image,
    command: ['/kfp-launcher/launch', '--executor_type', 'container', '--pipeline_name', pipeline, '--'],
    args: [...container.command, ...container.args],
    resources: { limits },
  };
}
