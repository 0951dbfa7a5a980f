/** A pod that was injected before and was edited since: what is left alone, what is said, what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decisionOn, denialOf, fetcherOf, injected, podWith, type TestPod } from '../../support/admission/pods.ts';

const other = { name: 'other', persistentVolumeClaim: { claimName: 'somebody-elses' } };

/** The warnings about a pod that is left as it is. */
function warningsOf(pod: TestPod, config = ''): string[] {
  const decision = decisionOn(pod, config);
  assert.equal(decision.kind, 'unchanged', JSON.stringify(decision));
  return decision.kind === 'unchanged' ? decision.warnings : [];
}

function trainMount(pod: TestPod) {
  const mount = pod.spec.containers[0]?.volumeMounts?.find(({ subPath }) => String(subPath).startsWith('datasets/'));
  assert.ok(mount);
  return mount;
}

function volumeMount(pod: TestPod) {
  const mount = fetcherOf(pod).volumeMounts?.find(({ mountPath }) => mountPath === '/mnt');
  assert.ok(mount);
  return mount;
}

describe('an injected pod', () => {
  it('is nothing to say about', () => {
    assert.deepStrictEqual(warningsOf(injected(podWith())), []);
  });

  it('whose dataset is mounted from a volume of another claim is refused by that volume', () => {
    const pod = injected(podWith());
    pod.spec.volumes?.push(other);
    trainMount(pod).name = 'other';
    const { reason, message } = denialOf(pod);
    assert.equal(reason, 'claim-volume-unusable');
    assert.match(message, /container train has volume other where the dataset should be, .* claim data-sharing-pvc/);
    assert.match(message, /remove init container dvc-fetch, .* and create it again$/);
  });

  it('whose init container fetches to a volume of another claim, or to none, is refused', () => {
    const elsewhere = injected(podWith());
    elsewhere.spec.volumes?.push(other);
    volumeMount(elsewhere).name = 'other';
    assert.match(denialOf(elsewhere).message, /container dvc-fetch has volume other where the dataset should be/);
    const nowhere = injected(podWith());
    volumeMount(nowhere).mountPath = '/elsewhere';
    assert.match(denialOf(nowhere).message, /container dvc-fetch has nothing where the dataset should be/);
  });

  it('that was injected for another claim than the configuration has now is refused with what to remove', () => {
    const { reason, message } = denialOf(injected(podWith()), 'storage: {claimName: datasets}');
    assert.equal(reason, 'claim-volume-unusable');
    assert.match(message, /not the claim datasets of the configuration; remove init container dvc-fetch/);
  });

  it('of two mounts of the key needs the claim behind both', () => {
    const pod = injected(podWith());
    pod.spec.volumes?.push(other);
    pod.spec.containers.push({ name: 'side', volumeMounts: [{ ...trainMount(pod), name: 'other' }] });
    assert.match(denialOf(pod).message, /container side has volume other/);
  });

  it('whose claim stands there twice, or is readOnly, is refused as before', () => {
    const twice = injected(podWith());
    twice.spec.volumes?.push({ name: 'again', persistentVolumeClaim: { claimName: 'data-sharing-pvc' } });
    assert.match(denialOf(twice).message, /the pod would never start/);
    const readOnly = injected(podWith());
    const [volume] = readOnly.spec.volumes ?? [];
    Object.assign(volume?.persistentVolumeClaim ?? {}, { readOnly: true });
    assert.match(denialOf(readOnly).message, /persistentVolumeClaim\.readOnly: true/);
  });

  it('whose dataset was made writable is left alone with a warning', () => {
    const pod = injected(podWith());
    trainMount(pod).readOnly = false;
    assert.match(
      warningsOf(pod).join('|'),
      /^container train mounts the shared claim's volume dvc-dataset writable [^|]*$/,
    );
  });

  it('that mounts the shared volume writable elsewhere is left alone with a warning', () => {
    const pod = injected(podWith());
    pod.spec.containers.push({ name: 'side', volumeMounts: [{ name: 'dvc-dataset', mountPath: '/all' }] });
    assert.match(warningsOf(pod).join('|'), /^container side mounts the shared claim's volume [^|]*$/);
  });

  it('whose init container runs another image is left alone with a warning that names both', () => {
    const pod = injected(podWith());
    fetcherOf(pod).image = 'registry.example.com/x:1';
    const warnings = warningsOf(pod, 'fetcher: {image: "registry.example.com/fetcher:2"}');
    assert.match(
      warnings.join('|'),
      /^init container dvc-fetch runs the image registry\.example\.com\/x:1, and dvc-injector is configured for registry\.example\.com\/fetcher:2; [^|]*$/,
    );
  });
});
