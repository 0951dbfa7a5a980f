/** What is done about each state that a namespace's PersistentVolume can be in. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1PersistentVolume } from '@kubernetes/client-node';
import { parseConfig } from '../../../src/config/load.ts';
import type { StorageConfig } from '../../../src/config/schema.ts';
import { parseVolumeHandle } from '../../../src/config/volume-handle.ts';
import { claimManifest } from '../../../src/storage/claim.ts';
import { newClaimWarnings, validateClaim } from '../../../src/storage/validate-claim.ts';
import { findOverlap, validateVolume } from '../../../src/storage/validate-volume.ts';
import { staticVolume, volumeManifest } from '../../../src/storage/volume.ts';

const handle = 'fs-0123456789abcdef0::fsap-0123456789abcdef0';
const storageOf = (own: object, more: object = {}): StorageConfig =>
  parseConfig(JSON.stringify({ storage: { static: own, ...more } })).storage;
const storage = storageOf({ namespaces: { 'team-a': handle } });
const volumeOf = (namespace: string, given = storage) =>
  staticVolume(namespace, given) ?? assert.fail(`${namespace} has no volume`);
const wanted = (uid: string | null = null, given = storage) =>
  volumeManifest('team-a', volumeOf('team-a', given), given, uid);

function changed(spec: object, metadata: object = {}): V1PersistentVolume {
  const base = wanted('claim-1');
  return { ...base, metadata: { ...base.metadata, ...metadata }, spec: { ...base.spec, ...spec } };
}

function refusal(present: V1PersistentVolume, claimUid: string | null = 'claim-1'): string {
  const validation = validateVolume(present, wanted(claimUid), claimUid);
  assert.equal(validation.state, 'unusable', JSON.stringify(validation));
  return validation.state === 'unusable' ? validation.message : '';
}

const reference = (more: object = {}) => ({ namespace: 'team-a', name: 'data-sharing-pvc', ...more });

describe('a volume that is ready', () => {
  test('is the one that we make, with and without the uid of its claim', () => {
    assert.deepEqual(validateVolume(wanted(), wanted(), null), { state: 'ready' });
    assert.deepEqual(validateVolume(wanted(), wanted('claim-1'), 'claim-1'), { state: 'ready' });
    assert.deepEqual(validateVolume(wanted('claim-1'), wanted('claim-1'), 'claim-1'), { state: 'ready' });
  });
  test('may be larger, have more modes, and its handle another spelling', () => {
    const spec = {
      capacity: { storage: '1Ti' },
      accessModes: ['ReadOnlyMany', 'ReadWriteMany'],
      csi: { driver: 'efs.csi.aws.com', volumeHandle: `efs:${handle}` },
    };
    assert.deepEqual(validateVolume(changed(spec), wanted('claim-1'), 'claim-1'), { state: 'ready' });
  });
  test('serves on while it is being deleted, as long as it is bound to the very claim', () => {
    const going = changed({}, { deletionTimestamp: new Date() });
    assert.deepEqual(validateVolume(going, wanted('claim-1'), 'claim-1'), { state: 'ready' });
    assert.match(refusal(going, 'claim-2'), /is being deleted; when it is gone, create this pod again/);
    assert.match(refusal(going, null), /kubectl describe pv dvc-injector-team-a-/);
  });
});

describe('a volume that can be repaired', () => {
  test('is kept for a claim that is no longer there: it is told which, so that nobody takes a living one away', () => {
    for (const claimUid of [null, 'claim-2']) {
      const validation = validateVolume(wanted('claim-1'), wanted(claimUid), claimUid);
      assert.deepEqual(validation, {
        state: 'repair',
        staleUid: 'claim-1',
        additions: [{ op: 'add', path: '/spec/claimRef', value: wanted(claimUid).spec?.claimRef }],
      });
    }
  });
  test('is kept for nobody, and so any claim could have it', () => {
    const validation = validateVolume(changed({ claimRef: undefined }), wanted(), null);
    assert.equal(validation.state === 'repair' && validation.staleUid, null);
    assert.deepEqual(validation.state === 'repair' && validation.additions.map(({ path }) => path), ['/spec/claimRef']);
  });
  test('is smaller than the claim now asks for, lacks its mode, or has other mount options', () => {
    const larger = storageOf({ namespaces: { 'team-a': handle }, mountOptions: ['iam'] }, { size: '1Ti' });
    const validation = validateVolume(
      changed({ accessModes: ['ReadWriteOnce'] }),
      volumeManifest('team-a', volumeOf('team-a', larger), larger, 'claim-1'),
      'claim-1',
    );
    assert.deepEqual(validation.state === 'repair' && validation.additions, [
      { op: 'add', path: '/spec/accessModes', value: ['ReadWriteMany'] },
      { op: 'add', path: '/spec/mountOptions', value: ['iam'] },
      { op: 'add', path: '/spec/capacity', value: { storage: '1Ti' } },
    ]);
  });
});

describe('a volume that can not serve is refused with what to do', () => {
  test('of another driver, source or handle', () => {
    assert.match(
      refusal(changed({ csi: { driver: 'ebs.csi.aws.com', volumeHandle: handle } })),
      /is volume fs-\S+ of ebs\.csi\.aws\.com, and storage\.static needs that name for .*: kubectl delete pv dvc-injector-team-a-/,
    );
    assert.match(refusal(changed({ csi: undefined, hostPath: { path: '/' } })), /is no volume of a CSI driver/);
    const elsewhere = { driver: 'efs.csi.aws.com', volumeHandle: 'fs-fedcba98' };
    assert.match(refusal(changed({ csi: elsewhere })), /is volume fs-fedcba98 of efs\.csi\.aws\.com/);
  });
  test('kept for a claim of another namespace or name', () => {
    for (const claimRef of [reference({ namespace: 'team-b' }), reference({ name: 'other' })]) {
      assert.match(refusal(changed({ claimRef })), /instead of team-a\/data-sharing-pvc; .* \(its files stay\)/);
    }
  });
  test('of a storage class', () => {
    assert.match(refusal(changed({ storageClassName: 'efs' })), /is of storage class "efs" and must be of none/);
  });
});

describe('the volume that we make', () => {
  test('has a name of at most 63 characters, the same each time, and another one per namespace, claim and handle', () => {
    const long = 'a'.repeat(63);
    const shared = (more: object = {}, volumeHandle = handle) => storageOf({ volumeHandle, shared: true }, more);
    const names = [
      volumeOf('team-a', shared()),
      volumeOf('team-b', shared()),
      volumeOf(long, shared()),
      volumeOf(`${long.slice(1)}b`, shared()),
      volumeOf('team-a', shared({ claimName: 'other' })),
      volumeOf('team-a', shared({}, 'fs-fedcba98')),
    ].map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^(?=.{1,63}$)dvc-injector-[a-z0-9-]*[a-z0-9]-[0-9a-f]{10}$/);
    assert.equal(
      volumeOf('team-a').name,
      volumeOf('team-a', storageOf({ namespaces: { 'team-a': `efs:${handle}` } })).name,
    );
  });
  test('is retained, labelled, reserved, owned by nobody, and without what the driver no longer takes', () => {
    const made = wanted();
    assert.equal(made.spec?.persistentVolumeReclaimPolicy, 'Retain');
    assert.deepEqual(made.metadata?.labels, { 'app.kubernetes.io/managed-by': 'dvc-injector' });
    assert.equal(made.metadata?.ownerReferences, undefined);
    assert.deepEqual(made.spec?.csi, { driver: 'efs.csi.aws.com', volumeHandle: handle });
    assert.equal(made.spec?.mountOptions, undefined);
    assert.equal(made.spec?.claimRef?.uid, undefined);
    assert.equal(wanted('claim-1').spec?.claimRef?.uid, 'claim-1');
  });
  test('is what the claim names, and a namespace without one is given none', () => {
    assert.equal(claimManifest('team-a', storage).spec?.volumeName, volumeOf('team-a').name);
    assert.equal(claimManifest('team-b', storage).spec?.volumeName, undefined);
    assert.equal(staticVolume('team-b', storage), null);
    assert.equal(staticVolume('constructor', storage), null);
  });
});

describe('a claim whose volume is ours', () => {
  const claim = (phase: string, spec: object = {}) => {
    const made = claimManifest('team-a', storage);
    return { ...made, spec: { ...made.spec, ...spec }, status: { phase } };
  };
  test('that is Lost can serve, as the volume is made again', () => {
    const validation = validateClaim(claim('Lost'), storage);
    assert.match(
      validation.usable ? (validation.warnings[0] ?? '') : '',
      /had lost its PersistentVolume, which is made again/,
    );
  });
  test('that is bound to another one is refused by the key of the configuration', () => {
    const validation = validateClaim(claim('Bound', { volumeName: 'pv-1' }), storage);
    assert.match(
      validation.usable ? '' : validation.message,
      /configured for dvc-injector-team-a-\w+ \(storage\.static\)/,
    );
  });
  test('that is new can bind no other, so there is nothing to warn about', () => {
    assert.deepEqual(newClaimWarnings(claim('Pending'), storage), []);
  });
});

describe('a volume that shows the same files', () => {
  const own = parseVolumeHandle(handle) ?? assert.fail();
  const of = (namespace: string | null, volumeHandle: string, driver = 'efs.csi.aws.com'): V1PersistentVolume => ({
    metadata: { name: 'pv-1' },
    spec: { csi: { driver, volumeHandle }, ...(namespace === null ? {} : { claimRef: reference({ namespace }) }) },
  });
  const found = (...volumes: V1PersistentVolume[]) =>
    findOverlap(volumes, own, 'team-a', 'dvc-injector')?.volume ?? null;
  test('is found where it is kept for another namespace, in whatever spelling', () => {
    assert.equal(found(of('team-b', handle)), 'pv-1');
    assert.equal(found(of('team-b', `efs:${handle}`)), 'pv-1');
    assert.equal(found(of('team-b', 'fs-0123456789abcdef0:')), 'pv-1');
  });
  test("is none where it is this namespace's, the webhook's own, nobody's, or of another driver or file system", () => {
    assert.equal(
      found(
        of('team-a', handle),
        of('dvc-injector', 'fs-0123456789abcdef0'),
        of(null, handle),
        of('team-b', handle, 'nfs.csi.k8s.io'),
        of('team-b', 'fs-fedcba98'),
        { metadata: { name: 'host' }, spec: { hostPath: { path: '/' }, claimRef: reference({ namespace: 'team-b' }) } },
      ),
      null,
    );
  });
});
