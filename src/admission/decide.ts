/** The whole admission decision as one pure function of the request and the configuration. */
import type { Operation } from 'fast-json-patch';
import { isExcludedNamespace } from '../config/opt-in.ts';
import type { Config } from '../config/schema.ts';
import { pathWarnings, unknownAnnotationWarnings } from './annotation-warnings.ts';
import { namesDataset } from './annotations.ts';
import { findClaimVolume, writableMountWarnings } from './claim-volume.ts';
import { type Decision, Denied, type Injection, type Skip, type Unchanged } from './decision.ts';
import { findInjected, foreignImageWarnings, type InjectedDataset } from './injected-state.ts';
import { meshWarnings } from './mesh-warnings.ts';
import { refuseInjectedCollisions, refuseMountCollisions } from './mount-collisions.ts';
import { makePlan, type Plan } from './plan.ts';
import { annotationsOf, type Pod, readPod } from './pod.ts';
import { refuseExceededPodResources, sizeWarnings } from './pod-size.ts';
import type { SkipReason } from './reasons.ts';
import { requestedDatasets } from './remembered-datasets.ts';
import { type RequestedDataset, refuseTooManyCharacters } from './requested-datasets.ts';
import { refuseForeignMounts, refuseTakenNames } from './reserved-names.ts';
import type { AdmissionRequest } from './review.ts';
import { addPullSecrets } from './steps/add-pull-secrets.ts';
import { addVolumes } from './steps/add-volumes.ts';
import { insertFetchers } from './steps/insert-fetchers.ts';
import { labelPod } from './steps/label-pod.ts';
import { mountDatasets } from './steps/mount-datasets.ts';
import { refuseUnsupportedPod } from './supported-pod.ts';

/** One change to the pod as it came: it only adds, and neither reads nor touches what another step adds. */
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
  refuseTooManyCharacters(annotationsOf(request.object));
  const pod = readPod(request.object);
  refuseOtherNamespace(pod, request.namespace);
  const annotations = annotationsOf(pod);
  const requested = requestedDatasets(annotations, config);
  const doubtful = pathWarnings(requested);
  const unknown = unknownAnnotationWarnings(annotations);
  const injected = findInjected(pod, requested, config);
  const outcome = injected ? keep(pod, injected, config) : inject(pod, requested, config);
  return { ...outcome, warnings: [...doubtful, ...outcome.warnings, ...unknown] };
}

/** Leaves a pod that is injected already as it is. */
function keep(pod: Pod, injected: readonly InjectedDataset[], config: Config): Unchanged {
  const volume = findClaimVolume(pod, config);
  const fetchers = new Set(injected.map(({ fetcher }) => fetcher));
  refuseForeignMounts(
    pod,
    injected.map(({ dataset }) => dataset),
    fetchers,
  );
  refuseInjectedCollisions(injected);
  const warnings = [...foreignImageWarnings(injected, config), ...writableMountWarnings(pod, volume.name, fetchers)];
  return { kind: 'unchanged', reason: 'already-injected', warnings };
}

function inject(pod: Pod, requested: readonly RequestedDataset[], config: Config): Injection {
  refuseTakenNames(pod, requested, config);
  refuseUnsupportedPod(pod, config);
  const volume = findClaimVolume(pod, config);
  const plan = makePlan(pod, requested, volume.name, config);
  refuseExceededPodResources(pod, plan);
  refuseMountCollisions(pod, plan);
  const warnings = [
    ...plan.warnings,
    ...(volume.isNew ? [] : writableMountWarnings(pod, volume.name)),
    ...sizeWarnings(pod, plan),
    ...meshWarnings(pod, config),
  ];
  return { kind: 'inject', reason: 'injected', operations: steps.flatMap((step) => step(pod, plan)), warnings };
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
