/** The whole admission decision as one pure function of the request and the configuration. */
import type { Operation } from 'fast-json-patch';
import { isExcludedNamespace } from '../config/opt-in.ts';
import type { Config } from '../config/schema.ts';
import { pathWarnings, unknownAnnotationWarnings } from './annotation-warnings.ts';
import { namesDataset } from './annotations.ts';
import { findClaimVolume, writableMountWarnings } from './claim-volume.ts';
import { type Decision, Denied, type Skip } from './decision.ts';
import { foreignImageWarnings, isInjected } from './injected-state.ts';
import { meshWarnings } from './mesh-warnings.ts';
import { refuseMountCollisions } from './mount-collisions.ts';
import { patched } from './patch.ts';
import { makePlan, type Plan } from './plan.ts';
import { annotationsOf, type Pod, readPod } from './pod.ts';
import { refuseExceededPodResources, sizeWarnings } from './pod-size.ts';
import type { SkipReason } from './reasons.ts';
import { readRequestedDatasets } from './requested-datasets.ts';
import type { AdmissionRequest } from './review.ts';
import { addPullSecrets } from './steps/add-pull-secrets.ts';
import { addVolumes } from './steps/add-volumes.ts';
import { insertFetchers } from './steps/insert-fetchers.ts';
import { labelPod } from './steps/label-pod.ts';
import { mountDatasets } from './steps/mount-datasets.ts';
import { refuseUnsupportedPod } from './supported-pod.ts';

/** One change to the pod. It is given the pod as the steps before left it, and only adds to it. */
type Step = (pod: Pod, plan: Plan) => Operation[];

/** The injection, in the order in which a reader of the patched pod finds it. */
const steps: readonly Step[] = [addVolumes, insertFetchers, mountDatasets, addPullSecrets, labelPod];

/**
 * Decides what happens to one pod. A user's mistake is a denial with a sentence that says what to do; only a bug of ours
 * throws. Pure, so the claim is not looked at here: callers ensure it for `inject` and `unchanged`.
 */
export function decide(request: AdmissionRequest, config: Config): Decision {
  try {
    const skip = skipReason(request, config);
    return skip ? { kind: 'skip', reason: skip } : decidePod(request, config);
  } catch (error) {
    if (error instanceof Denied)
      return { kind: 'deny', reason: error.reason, message: `dvc-injector: ${error.message}` };
    throw error;
  }
}

function skipReason(request: AdmissionRequest, config: Config): Skip['reason'] | null {
  const checks: [SkipReason, boolean][] = [
    ['not-a-pod-creation', !isPodCreation(request)],
    ['excluded-namespace', isExcludedNamespace(request.namespace, config.webhook.namespace)],
    ['mirror-pod', Object.hasOwn(annotationsOf(request.object), 'kubernetes.io/config.mirror')],
    ['not-annotated', !namesDataset(annotationsOf(request.object))],
  ];
  return checks.find(([, holds]) => holds)?.[0] ?? null;
}

function isPodCreation(request: AdmissionRequest): boolean {
  const { group, kind } = request.kind;
  return request.operation === 'CREATE' && request.subResource === '' && group === '' && kind === 'Pod';
}

function decidePod(request: AdmissionRequest, config: Config): Decision {
  const pod = readPod(request.object);
  refuseOtherNamespace(pod, request.namespace);
  const annotations = annotationsOf(pod);
  const requested = readRequestedDatasets(annotations, config);
  const doubtful = pathWarnings(requested);
  const unknown = unknownAnnotationWarnings(annotations);
  if (isInjected(pod, requested, config)) {
    const volume = findClaimVolume(pod, config);
    const ofPod = [...foreignImageWarnings(pod, requested, config), ...writableMountWarnings(pod, volume.name)];
    return { kind: 'unchanged', reason: 'already-injected', warnings: [...doubtful, ...ofPod, ...unknown] };
  }

  refuseUnsupportedPod(pod, config);
  const volume = findClaimVolume(pod, config);
  const plan = makePlan(pod, requested, volume.name, config);
  for (const dataset of plan.datasets) refuseExceededPodResources(pod, dataset, plan);
  refuseMountCollisions(pod, plan);
  const warnings = [
    ...doubtful,
    ...plan.warnings,
    ...(volume.isNew ? [] : writableMountWarnings(pod, volume.name)),
    ...new Set(plan.datasets.flatMap((dataset) => sizeWarnings(pod, dataset, plan))),
    ...meshWarnings(pod, config),
    ...unknown,
  ];
  return { kind: 'inject', reason: 'injected', operations: runSteps(pod, plan), warnings };
}

function runSteps(pod: Pod, plan: Plan): Operation[] {
  const operations: Operation[] = [];
  let current = pod;
  for (const step of steps) {
    const more = step(current, plan);
    current = patched(current, more);
    operations.push(...more);
  }
  return operations;
}

function refuseOtherNamespace(pod: Pod, namespace: string): void {
  const written = pod.metadata?.namespace ?? '';
  if (written !== '' && namespace !== '' && written !== namespace) {
    throw new Denied(
      'namespace-mismatch',
      `the pod says namespace ${written} but is created in ${namespace}; make both the same`,
    );
  }
}
