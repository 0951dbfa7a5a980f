/** The kinds of objects whose controllers make pods, and where in them annotations have to stand to reach these pods. */

/**
 * One kind. A place is a path of keys joined by dots, in which `*` stands for every value of a map and `[]` for every item
 * of a list: `spec.workerGroupSpecs.[].template`.
 */
export interface Kind {
  /** Its plural name in the API. */
  resource: string;
  isClusterScoped?: true;
  /** Its pod templates: what is injected there, its pods have. */
  templates?: readonly string[];
  /** The annotations that its controller passes on to pods, which it makes of something else than a pod template. */
  annotations?: readonly string[];
  /** The same for annotations that all its pods get, in addition to those in `annotations`. */
  shared?: readonly string[];
}

/** Kubernetes' own, by `<kind>.<group>`; the core group has no name. */
const builtIn: Readonly<Record<string, Kind>> = {
  Pod: { resource: 'pods', templates: [''] },
  PodTemplate: { resource: 'podtemplates', templates: ['template'] },
  ReplicationController: { resource: 'replicationcontrollers', templates: ['spec.template'] },
  'Deployment.apps': { resource: 'deployments', templates: ['spec.template'] },
  'StatefulSet.apps': { resource: 'statefulsets', templates: ['spec.template'] },
  'DaemonSet.apps': { resource: 'daemonsets', templates: ['spec.template'] },
  'ReplicaSet.apps': { resource: 'replicasets', templates: ['spec.template'] },
  'Job.batch': { resource: 'jobs', templates: ['spec.template'] },
  'CronJob.batch': { resource: 'cronjobs', templates: ['spec.jobTemplate.spec.template'] },
};

/**
 * Those of operators, by the projects' own API types and, where annotations are passed on, by the code that makes the pods:
 * kubeflow/trainer (v1 and v2), kubeflow/mpi-operator, ray-project/kuberay, kubernetes-sigs/jobset, kubernetes-sigs/lws,
 * volcano-sh/apis, argoproj/argo-workflows, argoproj/argo-rollouts, kubeflow/spark-operator, kserve/kserve,
 * knative/serving, tektoncd/pipeline, kubeflow/notebooks.
 */
export const operatorKinds: Readonly<Record<string, Kind>> = {
  'PyTorchJob.kubeflow.org': replicas('pytorchjobs', 'pytorchReplicaSpecs'),
  'TFJob.kubeflow.org': replicas('tfjobs', 'tfReplicaSpecs'),
  'MPIJob.kubeflow.org': replicas('mpijobs', 'mpiReplicaSpecs'),
  'XGBoostJob.kubeflow.org': replicas('xgboostjobs', 'xgbReplicaSpecs'),
  'PaddleJob.kubeflow.org': replicas('paddlejobs', 'paddleReplicaSpecs'),
  'JAXJob.kubeflow.org': replicas('jaxjobs', 'jaxReplicaSpecs'),
  'TrainJob.trainer.kubeflow.org': {
    resource: 'trainjobs',
    annotations: [
      // Patches of the runtime's pod template, which may have no containers; the first is Trainer 2.2's, the second its forerunner.
      `spec.runtimePatches.[].trainingRuntimeSpec.template.${jobsOf('spec')}.metadata.annotations`,
      'spec.podTemplateOverrides.[].metadata.annotations',
    ],
  },
  'TrainingRuntime.trainer.kubeflow.org': {
    resource: 'trainingruntimes',
    templates: [`spec.template.${jobsOf('spec')}`],
  },
  'ClusterTrainingRuntime.trainer.kubeflow.org': {
    resource: 'clustertrainingruntimes',
    isClusterScoped: true,
    templates: [`spec.template.${jobsOf('spec')}`],
  },
  'JobSet.jobset.x-k8s.io': { resource: 'jobsets', templates: [jobsOf('spec')] },
  'LeaderWorkerSet.leaderworkerset.x-k8s.io': {
    resource: 'leaderworkersets',
    templates: ['spec.leaderWorkerTemplate.leaderTemplate', 'spec.leaderWorkerTemplate.workerTemplate'],
  },
  'RayCluster.ray.io': { resource: 'rayclusters', templates: rayGroups('spec') },
  'RayJob.ray.io': {
    resource: 'rayjobs',
    templates: [...rayGroups('spec.rayClusterSpec'), 'spec.submitterPodTemplate'],
  },
  'RayCronJob.ray.io': {
    resource: 'raycronjobs',
    templates: [...rayGroups('spec.jobTemplate.rayClusterSpec'), 'spec.jobTemplate.submitterPodTemplate'],
  },
  'RayService.ray.io': { resource: 'rayservices', templates: rayGroups('spec.rayClusterConfig') },
  'Job.batch.volcano.sh': { resource: 'jobs', templates: ['spec.tasks.[].template'] },
  'JobTemplate.flow.volcano.sh': { resource: 'jobtemplates', templates: ['spec.tasks.[].template'] },
  'Rollout.argoproj.io': { resource: 'rollouts', templates: ['spec.template'] },
  'Workflow.argoproj.io': { resource: 'workflows', ...argoTemplates('spec') },
  'WorkflowTemplate.argoproj.io': { resource: 'workflowtemplates', ...argoTemplates('spec') },
  'ClusterWorkflowTemplate.argoproj.io': {
    resource: 'clusterworkflowtemplates',
    isClusterScoped: true,
    ...argoTemplates('spec'),
  },
  'CronWorkflow.argoproj.io': { resource: 'cronworkflows', ...argoTemplates('spec.workflowSpec') },
  'SparkApplication.sparkoperator.k8s.io': { resource: 'sparkapplications', annotations: sparkRoles('spec') },
  'ScheduledSparkApplication.sparkoperator.k8s.io': {
    resource: 'scheduledsparkapplications',
    annotations: sparkRoles('spec.template'),
  },
  'InferenceService.serving.kserve.io': {
    resource: 'inferenceservices',
    annotations: ['spec.predictor.annotations', 'spec.transformer.annotations', 'spec.explainer.annotations'],
    shared: ['metadata.annotations'],
  },
  'ServingRuntime.serving.kserve.io': { resource: 'servingruntimes', annotations: ['spec.annotations'] },
  'ClusterServingRuntime.serving.kserve.io': {
    resource: 'clusterservingruntimes',
    isClusterScoped: true,
    annotations: ['spec.annotations'],
  },
  // A pod template in shape, but Knative refuses init containers in it unless a feature flag allows them.
  'Service.serving.knative.dev': { resource: 'services', annotations: ['spec.template.metadata.annotations'] },
  'Configuration.serving.knative.dev': {
    resource: 'configurations',
    annotations: ['spec.template.metadata.annotations'],
  },
  'Task.tekton.dev': { resource: 'tasks', annotations: ['metadata.annotations'] },
  'TaskRun.tekton.dev': { resource: 'taskruns', annotations: ['metadata.annotations'] },
  'Pipeline.tekton.dev': {
    resource: 'pipelines',
    annotations: tektonTasks('spec'),
    shared: ['metadata.annotations'],
  },
  'PipelineRun.tekton.dev': {
    resource: 'pipelineruns',
    annotations: ['spec.taskRunSpecs.[].metadata.annotations', ...tektonTasks('spec.pipelineSpec')],
    shared: ['metadata.annotations'],
  },
  // spec.template has no metadata, and the controller copies the notebook's own annotations to its pod.
  'Notebook.kubeflow.org': { resource: 'notebooks', annotations: ['metadata.annotations'] },
};

/** `Job` and `batch/v1` as the tables' key: `Job.batch`. */
export function kindKey(apiVersion: string, kind: string): string {
  return apiVersion.includes('/') ? `${kind}.${apiVersion.split('/')[0]}` : kind;
}

/** The row of a kind, or null where it isn't known. */
export function knownKind(key: string): Kind | null {
  for (const table of [builtIn, operatorKinds]) {
    if (Object.hasOwn(table, key)) return table[key] ?? null;
  }
  return null;
}

/** Whether the kind is Kubernetes' own, so that its pods are made of its pod template and nothing else. */
export function isBuiltIn(key: string): boolean {
  return Object.hasOwn(builtIn, key);
}

/** Every place of a kind where annotations reach its pods, the one to recommend first, as paths of the annotations. */
export function annotationPlaces({ templates = [], annotations = [], shared = [] }: Kind): string[] {
  const ofTemplates = templates.map((template) => `${template === '' ? '' : `${template}.`}metadata.annotations`);
  return [...ofTemplates, ...annotations, ...shared];
}

/** The places to advise, for people. */
export function recommendedPlaces(kind: Kind): string {
  const places = annotationPlaces(kind).slice(0, kind.templates?.length ?? 1);
  return places.map((place) => place.replaceAll('.[]', '[]')).join(' or ');
}

/** Every kind by its key, Kubernetes' own first. */
export function allKinds(): [key: string, kind: Kind][] {
  return [...Object.entries(builtIn), ...Object.entries(operatorKinds)];
}

function replicas(resource: string, field: string): Kind {
  return { resource, templates: [`spec.${field}.*.template`] };
}

function jobsOf(spec: string): string {
  return `${spec}.replicatedJobs.[].template.spec.template`;
}

function rayGroups(spec: string): string[] {
  return [`${spec}.headGroupSpec.template`, `${spec}.workerGroupSpecs.[].template`];
}

/** Argo makes the pod of a container, a script and so on, and gives it these annotations. */
function argoTemplates(spec: string): Pick<Kind, 'annotations' | 'shared'> {
  const templates = ['', '.dag.tasks.[].inline', '.steps.[].[].inline'].map((inner) => `${spec}.templates.[]${inner}`);
  return {
    annotations: templates.map((template) => `${template}.metadata.annotations`),
    shared: [`${spec}.podMetadata.annotations`, `${spec}.templateDefaults.metadata.annotations`],
  };
}

/** Spark makes the pods; a template that is given to it may leave out the containers. */
function sparkRoles(spec: string): string[] {
  return ['driver', 'executor'].flatMap((role) => [
    `${spec}.${role}.annotations`,
    `${spec}.${role}.template.metadata.annotations`,
  ]);
}

function tektonTasks(spec: string): string[] {
  return ['tasks', 'finally'].map((tasks) => `${spec}.${tasks}.[].taskSpec.metadata.annotations`);
}
