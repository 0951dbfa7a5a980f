/** Small objects of every kind whose controllers make pods, in the shape of the projects' own definitions. */

/** Stands for annotations in the objects below. */
export type Annotations = Record<string, string>;

export const template = (annotations: Annotations) => ({
  metadata: { annotations },
  spec: { containers: [{ name: 'main', image: 'registry.example.com/train:1' }] },
});
export const plain = { spec: { containers: [{ name: 'main', image: 'registry.example.com/train:1' }] } };
export const replicaSpecs = (field: string) => (annotations: Annotations) => ({
  spec: { [field]: { Launcher: { replicas: 1, template: plain }, Worker: { template: template(annotations) } } },
});
const jobs = (annotations: Annotations) => ({
  replicatedJobs: [
    { name: 'initializer', template: { spec: { template: plain } } },
    { name: 'node', replicas: 2, template: { spec: { template: template(annotations) } } },
  ],
});
export const rayCluster = (annotations: Annotations) => ({
  headGroupSpec: { rayStartParams: {}, template: template(annotations) },
  workerGroupSpecs: [
    { groupName: 'cpu', template: plain },
    { groupName: 'gpu', template: template(annotations) },
  ],
});
const volcanoTasks = (annotations: Annotations) => ({
  spec: { tasks: [{ name: 'w', template: template(annotations) }] },
});

/** A kind, an object of it with these annotations, and where they are in it. */
export type KindSample = [
  apiVersion: string,
  kind: string,
  make: (annotations: Annotations) => object,
  places: string[],
];

/** Kinds with pod templates: an object, and where its init containers are to be. */
export const injectedKinds: KindSample[] = [
  ['v1', 'Pod', (annotations) => template(annotations), ['']],
  ['v1', 'PodTemplate', (annotations) => ({ template: template(annotations) }), ['template']],
  ['v1', 'ReplicationController', (annotations) => ({ spec: { template: template(annotations) } }), ['spec.template']],
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map(
    (kind): KindSample => [
      'apps/v1',
      kind,
      (annotations) => ({ spec: { template: template(annotations) } }),
      ['spec.template'],
    ],
  ),
  ['batch/v1', 'Job', (annotations) => ({ spec: { template: template(annotations) } }), ['spec.template']],
  [
    'batch/v1',
    'CronJob',
    (annotations) => ({ spec: { jobTemplate: { spec: { template: template(annotations) } } } }),
    ['spec.jobTemplate.spec.template'],
  ],
  ['kubeflow.org/v1', 'PyTorchJob', replicaSpecs('pytorchReplicaSpecs'), ['spec.pytorchReplicaSpecs.Worker.template']],
  ['kubeflow.org/v1', 'TFJob', replicaSpecs('tfReplicaSpecs'), ['spec.tfReplicaSpecs.Worker.template']],
  ['kubeflow.org/v2beta1', 'MPIJob', replicaSpecs('mpiReplicaSpecs'), ['spec.mpiReplicaSpecs.Worker.template']],
  ['kubeflow.org/v1', 'XGBoostJob', replicaSpecs('xgbReplicaSpecs'), ['spec.xgbReplicaSpecs.Worker.template']],
  ['kubeflow.org/v1', 'PaddleJob', replicaSpecs('paddleReplicaSpecs'), ['spec.paddleReplicaSpecs.Worker.template']],
  ['kubeflow.org/v1', 'JAXJob', replicaSpecs('jaxReplicaSpecs'), ['spec.jaxReplicaSpecs.Worker.template']],
  ...['TrainingRuntime', 'ClusterTrainingRuntime'].map(
    (kind): KindSample => [
      'trainer.kubeflow.org/v1alpha1',
      kind,
      (annotations) => ({ spec: { mlPolicy: { numNodes: 2 }, template: { spec: jobs(annotations) } } }),
      ['spec.template.spec.replicatedJobs.1.template.spec.template'],
    ],
  ),
  [
    'jobset.x-k8s.io/v1alpha2',
    'JobSet',
    (annotations) => ({ spec: jobs(annotations) }),
    ['spec.replicatedJobs.1.template.spec.template'],
  ],
  [
    'leaderworkerset.x-k8s.io/v1',
    'LeaderWorkerSet',
    (annotations) => ({
      spec: { leaderWorkerTemplate: { leaderTemplate: template(annotations), workerTemplate: template(annotations) } },
    }),
    ['spec.leaderWorkerTemplate.leaderTemplate', 'spec.leaderWorkerTemplate.workerTemplate'],
  ],
  [
    'ray.io/v1',
    'RayCluster',
    (annotations) => ({ spec: rayCluster(annotations) }),
    ['spec.headGroupSpec.template', 'spec.workerGroupSpecs.1.template'],
  ],
  [
    'ray.io/v1',
    'RayJob',
    (annotations) => ({ spec: { rayClusterSpec: rayCluster(annotations), submitterPodTemplate: plain } }),
    ['spec.rayClusterSpec.headGroupSpec.template', 'spec.rayClusterSpec.workerGroupSpecs.1.template'],
  ],
  [
    'ray.io/v1',
    'RayCronJob',
    (annotations) => ({ spec: { jobTemplate: { submitterPodTemplate: template(annotations) } } }),
    ['spec.jobTemplate.submitterPodTemplate'],
  ],
  [
    'ray.io/v1',
    'RayService',
    (annotations) => ({ spec: { rayClusterConfig: rayCluster(annotations) } }),
    ['spec.rayClusterConfig.headGroupSpec.template', 'spec.rayClusterConfig.workerGroupSpecs.1.template'],
  ],
  ['batch.volcano.sh/v1alpha1', 'Job', volcanoTasks, ['spec.tasks.0.template']],
  ['flow.volcano.sh/v1alpha1', 'JobTemplate', volcanoTasks, ['spec.tasks.0.template']],
  [
    'argoproj.io/v1alpha1',
    'Rollout',
    (annotations) => ({ spec: { template: template(annotations) } }),
    ['spec.template'],
  ],
];

export const argo = (annotations: Annotations) => ({
  entrypoint: 'main',
  templates: [
    { name: 'main', dag: { tasks: [{ name: 'train', template: 'train' }] } },
    { name: 'train', metadata: { annotations }, container: { image: 'registry.example.com/train:1' } },
  ],
});
const spark = (annotations: Annotations) => ({
  driver: { cores: 1, annotations },
  executor: { instances: 2, annotations },
});

/** Kinds that pass annotations on: an object, and where they stand. */
export const passedOnKinds: KindSample[] = [
  [
    'trainer.kubeflow.org/v1alpha1',
    'TrainJob',
    (annotations) => ({
      spec: {
        runtimePatches: [
          {
            manager: 'team',
            trainingRuntimeSpec: {
              template: {
                spec: {
                  replicatedJobs: [{ name: 'node', template: { spec: { template: { metadata: { annotations } } } } }],
                },
              },
            },
          },
        ],
        podTemplateOverrides: [{ targetJobs: [{ name: 'node' }], metadata: { annotations } }],
      },
    }),
    [
      'spec.runtimePatches[0].trainingRuntimeSpec.template.spec.replicatedJobs[0].template.spec.template.metadata.annotations',
      'spec.podTemplateOverrides[0].metadata.annotations',
    ],
  ],
  ...['Workflow', 'WorkflowTemplate', 'ClusterWorkflowTemplate'].map(
    (kind): KindSample => [
      'argoproj.io/v1alpha1',
      kind,
      (annotations) => ({ spec: argo(annotations) }),
      ['spec.templates[1].metadata.annotations'],
    ],
  ),
  [
    'argoproj.io/v1alpha1',
    'CronWorkflow',
    (annotations) => ({ spec: { schedules: ['@daily'], workflowSpec: argo(annotations) } }),
    ['spec.workflowSpec.templates[1].metadata.annotations'],
  ],
  [
    'sparkoperator.k8s.io/v1beta2',
    'SparkApplication',
    (annotations) => ({ spec: spark(annotations) }),
    ['spec.driver.annotations', 'spec.executor.annotations'],
  ],
  [
    'sparkoperator.k8s.io/v1beta2',
    'ScheduledSparkApplication',
    (annotations) => ({ spec: { template: { driver: { template: { metadata: { annotations } } } } } }),
    ['spec.template.driver.template.metadata.annotations'],
  ],
  [
    'serving.kserve.io/v1beta1',
    'InferenceService',
    (annotations) => ({ spec: { predictor: { annotations, model: { modelFormat: { name: 'onnx' } } } } }),
    ['spec.predictor.annotations'],
  ],
  ...['ServingRuntime', 'ClusterServingRuntime'].map(
    (kind): KindSample => [
      'serving.kserve.io/v1alpha1',
      kind,
      (annotations) => ({ spec: { annotations, containers: [{ name: 'kserve-container', image: 'x' }] } }),
      ['spec.annotations'],
    ],
  ),
  ...['Service', 'Configuration'].map(
    (kind): KindSample => [
      'serving.knative.dev/v1',
      kind,
      (annotations) => ({ spec: { template: template(annotations) } }),
      ['spec.template.metadata.annotations'],
    ],
  ),
  ...['Task', 'TaskRun'].map(
    (kind): KindSample => [
      'tekton.dev/v1',
      kind,
      (annotations) => ({ metadata: { name: 'mine', annotations }, spec: {} }),
      ['metadata.annotations'],
    ],
  ),
  [
    'tekton.dev/v1',
    'Pipeline',
    (annotations) => ({ spec: { tasks: [{ name: 'train', taskSpec: { metadata: { annotations }, steps: [] } }] } }),
    ['spec.tasks[0].taskSpec.metadata.annotations'],
  ],
  [
    'tekton.dev/v1',
    'PipelineRun',
    (annotations) => ({
      metadata: { name: 'mine', annotations },
      spec: {
        taskRunSpecs: [{ pipelineTaskName: 'train', metadata: { annotations } }],
        pipelineSpec: { finally: [{ name: 'report', taskSpec: { metadata: { annotations }, steps: [] } }] },
      },
    }),
    [
      'spec.taskRunSpecs[0].metadata.annotations',
      'spec.pipelineSpec.finally[0].taskSpec.metadata.annotations',
      'metadata.annotations',
    ],
  ],
  [
    'kubeflow.org/v1',
    'Notebook',
    (annotations) => ({ metadata: { name: 'mine', annotations }, spec: { template: plain } }),
    ['metadata.annotations'],
  ],
];

/** The whole object, named `mine`. */
export const objectOf = (apiVersion: string, kind: string, rest: object) => ({
  apiVersion,
  kind,
  ...rest,
  metadata: { name: 'mine', ...(rest as { metadata?: object }).metadata },
});
