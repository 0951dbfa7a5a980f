/** How the init container counts beside native sidecars and within a pod's own resources. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decisionOn,
  denialOf,
  images,
  injectionOf,
  podWith,
  type TestContainer,
} from '../../support/admission/pods.ts';

const sidecar = (name: string, cpu: string, more: object = {}): TestContainer => ({
  name,
  restartPolicy: 'Always',
  resources: { requests: { cpu, memory: '1Gi' } },
  ...more,
});

describe("a pod's own resources", () => {
  const bounded = (cpu: string, initContainers: TestContainer[] = []) =>
    podWith({}, { resources: { requests: { cpu, memory: '8Gi' } }, initContainers });

  it('must hold the init container and the native proxy before it', () => {
    assert.equal(decisionOn(bounded('1500m', [sidecar('istio-proxy', '500m')])).kind, 'inject');
    const { reason, message } = denialOf(bounded('1400m', [sidecar('istio-proxy', '500m')]));
    assert.equal(reason, 'pod-resources-exceeded');
    assert.match(message, /needs cpu 1 beside the sidecar istio-proxy, .* spec\.resources\.requests\.cpu of 1400m/);
    assert.match(message, /set annotation dvc\.io\/cpu to less$/);
  });

  it('count every sidecar before the last proxy, by its limit where it has no request', () => {
    const limited = { resources: { limits: { cpu: '500m' } } };
    const before = [sidecar('logs', '0', limited), sidecar('linkerd-proxy', '100m')];
    assert.equal(denialOf(bounded('1500m', before)).reason, 'pod-resources-exceeded');
    assert.equal(decisionOn(bounded('1600m', before)).kind, 'inject');
  });

  it('count no sidecar that starts after the init container, and none for the limits', () => {
    assert.equal(decisionOn(bounded('1', [sidecar('logs', '4')])).kind, 'inject');
    const initContainers = [sidecar('istio-proxy', '500m')];
    assert.equal(decisionOn(podWith({}, { resources: { limits: { cpu: '1' } }, initContainers })).kind, 'inject');
  });

  it('are summed as Kubernetes sums, where 0.1 and 0.2 are 0.3', () => {
    const pod = bounded('300m', [sidecar('istio-proxy', '0.2')]);
    Object.assign(pod.metadata.annotations ?? {}, { 'dvc.io/cpu': '0.1' });
    assert.equal(decisionOn(pod).kind, 'inject');
  });

  it('that a named dataset exceeds are told by the annotation that decides', () => {
    const resources = { requests: { cpu: '1', memory: '8Gi' } };
    const own = podWith({ 'dataset.more': images, 'mount-path': '/a', 'cpu.more': '2' }, { resources });
    assert.match(denialOf(own).message, /set annotation dvc\.io\/cpu\.more to at most 1$/);
    const common = podWith({ 'dataset.more': images, 'mount-path': '/a', cpu: '2' }, { resources });
    assert.match(denialOf(common).message, /set annotation dvc\.io\/cpu to at most 1$/);
  });
});

describe('the warning that the init container decides the size', () => {
  const small = { name: 'train', resources: { requests: { cpu: '800m', memory: '8Gi' } } };

  it('names the annotation of the dataset where that decides', () => {
    const annotations = { 'dataset.more': images, 'mount-path': '/a', cpu: '500m', 'cpu.more': '4' };
    assert.match(
      injectionOf(podWith(annotations, { containers: [small] })).warnings.join('|'),
      /^the init container asks for cpu 4, [^|]* set annotation dvc\.io\/cpu\.more to less [^|]*$/,
    );
  });

  it('counts native sidecars with the containers, as they run beside them', () => {
    const withSidecar = (cpu: string, name: string) =>
      injectionOf(podWith({}, { containers: [small], initContainers: [sidecar(name, cpu)] })).warnings;
    assert.deepStrictEqual(withSidecar('200m', 'logs'), []);
    assert.equal(withSidecar('100m', 'logs').length, 1);
    // One before the init container runs beside that, too, and changes nothing.
    assert.equal(withSidecar('4', 'istio-proxy').length, 1);
  });
});
