/** The real Kubeflow Pipelines SDK, at the versions that the example's own requirements lock. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { pythonEnvironment } from '../../../provision/python.ts';

const example = join(import.meta.dirname, '../../../examples/kubeflow-pipelines');

/** The compiled pipeline as it is kept beside its source. */
export const keptPipeline = () => readFileSync(join(example, 'pipeline.yaml'), 'utf8');

/** Installs kfp and kfp-kubernetes into the cache the first time (about twenty seconds); the folder with `kfp`. */
export function provideKfp(): Promise<string> {
  return pythonEnvironment('KFP', join(example, 'requirements.txt'));
}

/** What `kfp dsl compile` makes of the example. */
export async function compilePipeline(): Promise<string> {
  const bin = await provideKfp();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-kfp-'));
  try {
    const output = join(folder, 'pipeline.yaml');
    await execa(join(bin, 'kfp'), ['dsl', 'compile', '--py', join(example, 'pipeline.py'), '--output', output], {
      env: { HOME: folder, PYTHONDONTWRITEBYTECODE: '1' },
    });
    return readFileSync(output, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const resources = z.object({
  resourceCpuLimit: z.string().optional(),
  resourceMemoryLimit: z.string().optional(),
  accelerator: z.object({ resourceType: z.string(), resourceCount: z.string() }).optional(),
});

const pipelineSpec = z.object({
  components: z.record(z.string(), z.object({ executorLabel: z.string() })),
  deploymentSpec: z.object({
    executors: z.record(
      z.string(),
      z.object({
        container: z.object({
          image: z.string(),
          command: z.array(z.string()),
          args: z.array(z.string()),
          resources: resources.default({}),
        }),
      }),
    ),
  }),
  pipelineInfo: z.object({ name: z.string() }),
  root: z.object({
    dag: z.object({ tasks: z.record(z.string(), z.object({ componentRef: z.object({ name: z.string() }) })) }),
  }),
});

const platformSpec = z.object({
  platforms: z.object({
    kubernetes: z.object({
      deploymentSpec: z.object({
        executors: z.record(
          z.string(),
          z.object({ podMetadata: z.object({ annotations: z.record(z.string(), z.string()) }) }),
        ),
      }),
    }),
  }),
});

/** One step of a compiled pipeline. */
export interface PipelineStep {
  pipeline: string;
  container: z.output<typeof pipelineSpec>['deploymentSpec']['executors'][string]['container'];
  annotations: Record<string, string>;
}

/** The steps of a compiled pipeline by their names: its two documents are the pipeline and what concerns the platform. */
export function pipelineSteps(compiled: string): Record<string, PipelineStep> {
  const [pipeline, platform] = parseAllDocuments(compiled).map((document) => document.toJS());
  const { components, deploymentSpec, pipelineInfo, root } = pipelineSpec.parse(pipeline);
  const { executors } = platformSpec.parse(platform).platforms.kubernetes.deploymentSpec;
  return Object.fromEntries(
    Object.entries(root.dag.tasks).map(([task, { componentRef }]) => {
      const label = components[componentRef.name]?.executorLabel ?? '';
      const executor = deploymentSpec.executors[label];
      if (!executor) throw new Error(`the compiled pipeline has no executor for ${task}`);
      const annotations = executors[label]?.podMetadata.annotations ?? {};
      return [task, { pipeline: pipelineInfo.name, container: executor.container, annotations }];
    }),
  );
}
