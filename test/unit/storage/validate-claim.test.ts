/** What is said of each state that a claim can be in. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { defaultConfig } from '../../../src/config/load.ts';
import type { StorageConfig } from '../../../src/config/schema.ts';
import { claimManifest } from '../../../src/storage/claim.ts';
import { newClaimWarnings, validateClaim } from '../../../src/storage/validate-claim.ts';

const storage = defaultConfig().storage;
const dynamic: StorageConfig = { ...storage, className: 'efs' };
const pinned: StorageConfig = { ...storage, volumeName: 'pv-7' };

function claim(
  more: { metadata?: object; spec?: object; phase?: string } = {},
  config: StorageConfig = storage,
): V1PersistentVolumeClaim {
  const base = claimManifest('team-a', config);
  return {
    ...base,
    metadata: { ...base.metadata, ...more.metadata },
    spec: { ...base.spec, ...more.spec },
    status: { phase: more.phase ?? 'Pending' },
  };
}

function refusal(given: V1PersistentVolumeClaim, config: StorageConfig = storage): string {
  const validation = validateClaim(given, config);
  assert.equal(validation.usable, false);
  return validation.usable ? '' : validation.message;
}

function warnings(given: V1PersistentVolumeClaim, config: StorageConfig = storage): string[] {
  const validation = validateClaim(given, config);
  assert.equal(validation.usable, true, JSON.stringify(validation));
  return validation.usable ? validation.warnings : [];
}

describe('a claim that serves', () => {
  test('Bound, of the right mode, class and volume: nothing to say', () => {
    assert.deepEqual(warnings(claim({ phase: 'Bound', spec: { volumeName: 'pv-1' } })), []);
    assert.deepEqual(warnings(claim({ phase: 'Bound' }, pinned), pinned), []);
  });
  test('more access modes than asked for, or another size, are fine', () => {
    const spec = { accessModes: ['ReadOnlyMany', 'ReadWriteMany'], resources: { requests: { storage: '1Mi' } } };
    assert.deepEqual(warnings(claim({ phase: 'Bound', spec })), []);
  });
  test('a claim without a class, as old manifests have it, counts as class ""', () => {
    assert.deepEqual(warnings(claim({ phase: 'Bound', spec: { storageClassName: undefined } })), []);
  });
  test('the old annotation names the class', () => {
    const metadata = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'efs' } };
    assert.deepEqual(warnings(claim({ phase: 'Bound', metadata }, storage), dynamic), []);
  });
});

describe('a Pending claim is a warning that says what it waits for', () => {
  const see = 'details: kubectl -n team-a describe pvc data-sharing-pvc';
  test('class "": a free volume that fits', () => {
    assert.deepEqual(warnings(claim()), [
      `claim team-a/data-sharing-pvc is Pending until a free PersistentVolume of class "" fits it, any one unless storage.volumeName pins it; ${see}`,
    ]);
  });
  test('a pinned volume: that volume', () => {
    assert.deepEqual(warnings(claim({}, pinned), pinned), [
      `claim team-a/data-sharing-pvc is Pending until the PersistentVolume pv-7 can be bound; ${see}`,
    ]);
  });
  test('a class that waits for its first consumer: nothing to be afraid of', () => {
    assert.deepEqual(warnings(claim({}, dynamic), dynamic), [
      `claim team-a/data-sharing-pvc is Pending, as is usual where class "efs" waits for the first pod; ${see}`,
    ]);
  });
  test('a provisioner that was asked: that provisioner', () => {
    const metadata = { annotations: { 'volume.kubernetes.io/storage-provisioner': 'efs.csi.aws.com' } };
    assert.deepEqual(warnings(claim({ metadata }, dynamic), dynamic), [
      `claim team-a/data-sharing-pvc is Pending until efs.csi.aws.com has made its volume; ${see}`,
    ]);
  });
  test('a claim that has no status yet is Pending too', () => {
    const { status: _, ...fresh } = claim();
    assert.equal(warnings(fresh).length, 1);
  });
});

describe('a claim that can not serve is refused with the command that helps', () => {
  test('Terminating, before anything else is looked at', () => {
    for (const deletionTimestamp of [new Date(), '2026-11-23T20:00:00Z']) {
      const message = refusal(claim({ phase: 'Lost', metadata: { deletionTimestamp } }));
      assert.match(
        message,
        /is being deleted .*kubectl -n team-a describe pvc data-sharing-pvc\), then create this pod again/,
      );
    }
  });
  test('Lost', () => {
    assert.equal(
      refusal(claim({ phase: 'Lost', spec: { volumeName: 'pv-1' } })),
      'claim team-a/data-sharing-pvc is Lost: its PersistentVolume pv-1 no longer exists; when no pod needs it any more, delete the claim, and it is made anew: kubectl -n team-a delete pvc data-sharing-pvc',
    );
  });
  test('of another access mode', () => {
    assert.match(
      refusal(claim({ spec: { accessModes: ['ReadWriteOnce'] } })),
      /has the access modes ReadWriteOnce and lacks ReadWriteMany/,
    );
  });
  test('of another class: the configuration may be what is wrong', () => {
    assert.match(
      refusal(claim({}, dynamic)),
      /is of storage class "efs", and dvc-injector is configured for ""; set storage\.className to "efs", or delete/,
    );
  });
  test('bound to another volume: deleting it may delete data, and the sentence says when', () => {
    const message = refusal(claim({ phase: 'Bound', spec: { volumeName: 'pv-1' } }, pinned), pinned);
    assert.match(message, /is bound to the PersistentVolume pv-1, and dvc-injector is configured for pv-7/);
    assert.match(message, /this deletes the data if PersistentVolume pv-1 has reclaim policy Delete/);
  });
  test('not pinned where the configuration pins', () => {
    assert.match(refusal(claim({}), pinned), /names no volume/);
  });
  test('a block device', () => {
    assert.match(refusal(claim({ spec: { volumeMode: 'Block' } })), /has volumeMode Block/);
  });
});

test('only a new claim that could bind any volume is worth a warning', () => {
  assert.equal(newClaimWarnings(claim(), storage).length, 1);
  assert.deepEqual(newClaimWarnings(claim({}, pinned), pinned), []);
  assert.deepEqual(newClaimWarnings(claim({}, dynamic), dynamic), []);
});

test('the claim that we make is one that we accept, and it belongs to nobody', () => {
  for (const config of [storage, dynamic, pinned]) {
    const made = claimManifest('team-a', config);
    assert.equal(validateClaim(made, config).usable, true);
    assert.equal(made.metadata?.ownerReferences, undefined);
    assert.deepEqual(made.metadata?.labels, { 'app.kubernetes.io/managed-by': 'dvc-injector' });
    assert.equal(made.spec?.storageClassName, config.className);
  }
});
