/** Small pods and requests for the tests of the admission core. */
import assert from 'node:assert/strict';
import { decide } from '../../../src/admission/decide.ts';
import type { Decision, Injection } from '../../../src/admission/decision.ts';
import { patched } from '../../../src/admission/patch.ts';
import type { AdmissionRequest } from '../../../src/admission/review.ts';
import { parseConfig } from '../../../src/config/load.ts';

export const sha = '0123456789abcdef0123456789abcdef01234567';
export const images = `https://git.example.com/ml/images@${sha}:train`;
/** printf '%s' '[1,"https://git.example.com/ml/images","0123…4567","data","data-split","train"]' | sha256sum | cut -c1-32 */
export const imagesKey = 'df0345e7259dabab28e8734ea8619b8a';

/** The parts of a pod that the tests look at. */
export interface TestPod {
  metadata: { name?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec: {
    containers: TestContainer[];
    initContainers?: TestContainer[];
    volumes?: Record<string, unknown>[];
    [field: string]: unknown;
  };
}
export interface TestContainer {
  name: string;
  env?: { name: string; value?: string }[];
  volumeMounts?: { name: string; mountPath: string; [field: string]: unknown }[];
  [field: string]: unknown;
}

/** A pod with one container `train` and the given annotations behind `dvc.io/`, `dataset` by default. */
export function podWith(annotations: Record<string, string> = {}, spec: Partial<TestPod['spec']> = {}): TestPod {
  const all = Object.entries({ dataset: images, ...annotations }).map(([name, value]) => [`dvc.io/${name}`, value]);
  return {
    metadata: { name: 'train', annotations: Object.fromEntries(all) },
    spec: { containers: [{ name: 'train', image: 'registry.example.com/train:7' }], ...spec },
  };
}

export function requestOf(object: unknown, parts: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: 'c0ffee00-0000-4000-8000-000000000000',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    subResource: '',
    operation: 'CREATE',
    namespace: 'research',
    name: '',
    dryRun: false,
    object,
    ...parts,
  };
}

/** The decision about a pod under the configuration that `config` (YAML) describes. */
export function decisionOn(pod: unknown, config = ''): Decision {
  return decide(requestOf(pod), parseConfig(config));
}

export function injectionOf(pod: TestPod, config = ''): Injection {
  const decision = decisionOn(pod, config);
  assert.equal(decision.kind, 'inject', JSON.stringify(decision));
  return decision as Injection;
}

/** The pod with its datasets. */
export function injected(pod: TestPod, config = ''): TestPod {
  return patched(pod, injectionOf(pod, config).operations);
}

/** Why the pod is refused. */
export function denialOf(pod: unknown, config = ''): { reason: string; message: string } {
  const decision = decisionOn(pod, config);
  assert.equal(decision.kind, 'deny', JSON.stringify(decision));
  if (decision.kind !== 'deny') assert.fail();
  return { reason: decision.reason, message: decision.message };
}

export function fetcherOf(pod: TestPod, name = 'dvc-fetch'): TestContainer {
  const found = pod.spec.initContainers?.find((container) => container.name === name);
  assert.ok(found, `there is no ${name}`);
  return found;
}

/** What may never stand in a line that people read. */
export const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
