/** The work of a decision grows with the pod and no faster: a pod of twice the size is read in about twice as many steps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/admission/decide.ts';
import { defaultConfig } from '../../../src/config/load.ts';
import {
  images,
  injected,
  podWith,
  requestOf,
  type TestContainer,
  type TestPod,
} from '../../support/admission/pods.ts';

/** A step is a look at one property or at the keys of one object of the pod, wherever in it that lies. */
function stepsOf(pod: TestPod): { steps: number; kind: string } {
  let steps = 0;
  const views = new WeakMap<object, object>();
  const counted = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value;
    const known = views.get(value);
    if (known) return known;
    const view = new Proxy(value, {
      get(target, key) {
        steps += 1;
        return counted(Reflect.get(target, key));
      },
      has(target, key) {
        steps += 1;
        return Reflect.has(target, key);
      },
      ownKeys(target) {
        const keys = Reflect.ownKeys(target);
        steps += keys.length;
        return keys;
      },
    });
    views.set(value, view);
    return view;
  };
  const { kind } = decide(requestOf(counted(pod)), defaultConfig());
  return { steps, kind };
}

/** Annotations for so many named datasets, each in a place of its own. */
function datasets(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`dataset.d${index}`, images.replace('images', `images-${index}`)]),
  );
}

const list = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const some = { 'mount-path': '/first' };

/**
 * Pods by how many datasets they have; what else they have many of is twenty times that. So both double, and what looks at
 * everything for each dataset takes four times the steps.
 */
const shapes: Record<string, (size: number) => TestPod> = {
  'containers with variables and mounts': (size) =>
    podWith({ ...datasets(size), ...some, containers: 'c0' }, { containers: list(20 * size, container) }),
  'containers among which each dataset names its own': (size) => {
    const own = list(size, (index) => [`containers.d${index}`, `c${index},c${20 * size - 1 - index}`]);
    return podWith(
      { ...datasets(size), ...some, ...Object.fromEntries(own) },
      { containers: list(20 * size, container) },
    );
  },
  'variables of one container': (size) => {
    const env = list(20 * size, (index) => ({ name: `V${index}`, value: 'x' }));
    return podWith({ ...datasets(size), ...some }, { containers: [{ name: 'train', env }] });
  },
  'mounts of one container': (size) => {
    const volumeMounts = list(20 * size, (index) => ({ name: 'v', mountPath: `/v/${index}`, readOnly: true }));
    return podWith({ ...datasets(size), ...some }, { containers: [{ name: 'train', volumeMounts }] });
  },
  volumes: (size) =>
    podWith(
      { ...datasets(size), ...some },
      { volumes: list(20 * size, (index) => ({ name: `v${index}`, emptyDir: {} })) },
    ),
  "native sidecars, within the pod's own resources": (size) =>
    podWith(
      { ...datasets(size), ...some },
      {
        initContainers: [...list(20 * size, sidecar), { ...sidecar(0), name: 'istio-proxy' }],
        resources: { requests: { cpu: '100000', memory: '100Ti' } },
      },
    ),
  'all of that in a pod that is injected': (size) => {
    const pod = injected(podWith({ ...datasets(size), ...some }));
    pod.spec.volumes?.push(...list(20 * size, (index) => ({ name: `v${index}`, emptyDir: {} })));
    pod.spec.initContainers?.push(...list(20 * size, sidecar));
    pod.spec.containers.push(...list(20 * size, container));
    return pod;
  },
};

function container(index: number): TestContainer {
  return {
    name: `c${index}`,
    env: [{ name: 'A', value: 'b' }],
    volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }],
    resources: { requests: { cpu: '1', memory: '1Gi' } },
  };
}

function sidecar(index: number): TestContainer {
  return { name: `s${index}`, restartPolicy: 'Always', resources: { requests: { cpu: '1m', memory: '1Mi' } } };
}

describe('a pod with twice the datasets and twice of what else it has takes about twice the steps:', () => {
  for (const [what, podOf] of Object.entries(shapes)) {
    it(what, () => {
      fc.assert(
        fc.property(fc.integer({ min: 15, max: 49 }), (size) => {
          const once = stepsOf(podOf(size));
          const twice = stepsOf(podOf(2 * size));
          assert.ok(['inject', 'unchanged'].includes(once.kind), `the pod is decided by ${once.kind}`);
          assert.equal(twice.kind, once.kind);
          assert.ok(twice.steps <= 2.2 * once.steps, `${once.steps} steps, and ${twice.steps} for twice the size`);
        }),
        { numRuns: 5 },
      );
    });
  }
});
