/**
 * The pod that Argo Workflows makes of a template, as its controller does in createWorkflowPod
 * (argoproj/argo-workflows v4.0.10, workflow/controller/workflowpod.go). Argo itself is not run here: this is its pod
 * as far as an admission webhook can see a difference. Left out are the artifact repository and the ownerReference, which would
 * name a Workflow that the test's cluster does not have. The podSpecPatch is merged by kubectl, with the code that Argo uses.
 */
import type { V1Container, V1EnvVar, V1Pod, V1Volume } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Kubectl } from '../cluster/kubectl.ts';

/** The part of a workflow's template that its pod comes from. */
export interface ArgoTemplate {
  name: string;
  metadata?: { annotations?: Record<string, string> };
  container: Omit<V1Container, 'name'>;
  initContainers?: V1Container[];
  volumes?: V1Volume[];
  /** JSON; merged into the pod's spec strategically. */
  podSpecPatch?: string;
}

const executor = 'quay.io/argoproj/argoexec:v4.0.10';
const executorEnv: V1EnvVar[] = [
  { name: 'ARGO_POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
  { name: 'ARGO_WORKFLOW_NAME', value: 'example' },
];
const varRunArgo = { name: 'var-run-argo', mountPath: '/var/run/argo' };

/** The pod of one step; `kubectl` merges a podSpecPatch. */
export async function argoPod(template: ArgoTemplate, kubectl: Kubectl): Promise<V1Pod> {
  const { podSpecPatch, ...simplified } = template;
  const init: V1Container = { name: 'init', image: executor, command: ['argoexec', 'init'], env: executorEnv };
  const pod: V1Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `example-${template.name}-`,
      labels: { 'workflows.argoproj.io/workflow': 'example', 'workflows.argoproj.io/completed': 'false' },
      annotations: {
        'workflows.argoproj.io/node-name': `example.${template.name}`,
        'workflows.argoproj.io/node-id': `example-${template.name}`,
        'kubectl.kubernetes.io/default-container': 'main',
        ...template.metadata?.annotations,
      },
    },
    spec: {
      restartPolicy: 'Never',
      volumes: [
        { name: 'var-run-argo', emptyDir: {} },
        { name: 'tmp-dir-argo', emptyDir: {} },
        ...(template.volumes ?? []),
      ],
      initContainers: [init, ...(template.initContainers ?? [])].map((container) => ({
        ...container,
        env: [...(container.env ?? []), { name: 'ARGO_TEMPLATE', value: JSON.stringify(simplified) }],
        volumeMounts: [...(container.volumeMounts ?? []), varRunArgo],
      })),
      containers: [
        { name: 'wait', image: executor, command: ['argoexec', 'wait'], env: executorEnv },
        { ...template.container, name: 'main' },
      ],
    },
  };
  return withEmissary(podSpecPatch === undefined ? pod : await patched(pod, podSpecPatch, kubectl));
}

async function patched(pod: V1Pod, patch: string, kubectl: Kubectl): Promise<V1Pod> {
  // kubectl takes no manifest without a name.
  const named = { ...pod, metadata: { ...pod.metadata, name: 'example' } };
  const args = ['patch', '--local', '-f', '-', '--type', 'strategic', '-p', `{"spec":${patch}}`, '-o', 'json'];
  const { stdout } = await kubectl(args, { input: JSON.stringify(named), check: true });
  return { ...JSON.parse(stdout), metadata: pod.metadata };
}

/** Argo's own program runs in front of the user's. */
function withEmissary(pod: V1Pod): V1Pod {
  const containers = (pod.spec?.containers ?? []).map((container, index) => ({
    ...container,
    ...(container.name === 'wait'
      ? {}
      : { command: ['/var/run/argo/argoexec', 'emissary', '--', ...(container.command ?? [])] }),
    volumeMounts: [
      ...(container.volumeMounts ?? []),
      ...(container.image === executor ? [{ name: 'tmp-dir-argo', mountPath: '/tmp', subPath: `${index}` }] : []),
      varRunArgo,
    ],
  }));
  return { ...pod, spec: { ...pod.spec, containers } };
}

const parameter = z.object({ name: z.string(), value: z.string().optional() });
const workflowSchema = z.object({
  spec: z.object({
    entrypoint: z.string(),
    arguments: z.object({ parameters: z.array(parameter) }),
    templates: z.array(z.looseObject({ name: z.string() })),
  }),
});
const stepsSchema = z.object({
  steps: z.array(
    z.array(
      z.object({
        name: z.string(),
        template: z.string(),
        arguments: z.object({ parameters: z.array(z.object({ name: z.string(), value: z.string() })) }),
      }),
    ),
  ),
});

/** The templates of a Workflow's steps by the steps' names, with every parameter put in, as Argo does before it makes pods. */
export function workflowSteps(workflow: unknown): Record<string, ArgoTemplate> {
  const { spec } = workflowSchema.parse(workflow);
  const templateOf = (name: string) => spec.templates.find((template) => template.name === name);
  const { steps } = stepsSchema.parse(templateOf(spec.entrypoint));
  return Object.fromEntries(
    steps.flat().map((step) => {
      const values = [
        ...spec.arguments.parameters.map(({ name, value = '' }) => [`{{workflow.parameters.${name}}}`, value]),
        ...step.arguments.parameters.map(({ name, value }) => [`{{inputs.parameters.${name}}}`, value]),
      ];
      const text = values.reduce(
        (json, [placeholder = '', value = '']) => json.replaceAll(placeholder, JSON.stringify(value).slice(1, -1)),
        JSON.stringify(templateOf(step.template)),
      );
      return [step.name, JSON.parse(text) as ArgoTemplate];
    }),
  );
}
