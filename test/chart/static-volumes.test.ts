/** Static EFS volumes as the chart installs them: off by default, and with rights that a policy narrows to the configured volumes. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1PersistentVolume,
  type V1ValidatingAdmissionPolicy,
} from '@kubernetes/client-node';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { optInLabel } from '../../src/config/opt-in.ts';
import { apiFailure } from '../../src/kubernetes/failure.ts';
import { chart, only, type Rendered, release, render, template, type Values } from '../support/chart/helm.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { volumeRules } from '../support/webhook/static-rights.ts';
import { startWebhookProcess } from '../support/webhook/webhook-process.ts';

const { fullname, namespace } = release;
const policyName = `${fullname}-static-volumes`;
const handles = {
  'team-a': 'fs-0123456789abcdef0::fsap-0123456789abcdef0',
  'team-b': 'efs:fs-0123456789abcdef0:/team-b',
};
const storage = { static: { namespaces: handles, mountOptions: ['iam'] } };
const values: Values = { config: { storage } };
const named = (objects: readonly Rendered[], kind: string) =>
  objects.filter((each) => each.kind === kind).map((each) => each.metadata?.name);

describe('what is rendered', () => {
  test('without static volumes there is no right to PersistentVolumes, no policy about them and no Job', async () => {
    for (const off of [{}, { config: { storage: { className: 'efs' } } }]) {
      const objects = await render(off);
      assert.doesNotMatch(JSON.stringify(objects), /persistentvolumes"|persistentvolumes,/);
      assert.ok(!named(objects, 'ClusterRole').includes(policyName));
      assert.ok(!named(objects, 'ValidatingAdmissionPolicy').includes(policyName));
      assert.deepEqual([...named(objects, 'Job'), ...named(objects, 'PersistentVolume')], []);
    }
  });

  test('with them the rights are those that the tests of the webhook find sufficient, and never without the policy', async () => {
    for (const on of [values, { config: { storage: { static: { volumeHandle: 'fs-01234567', shared: true } } } }]) {
      const objects = await render({ ...on, policies: { mustBeInjected: false } });
      assert.deepEqual(only(objects, 'ClusterRole', policyName).rules, volumeRules);
      assert.deepEqual(only(objects, 'ClusterRoleBinding', policyName).subjects, [
        { kind: 'ServiceAccount', name: fullname, namespace },
      ]);
      assert.equal(only(objects, 'ValidatingAdmissionPolicy', policyName).spec.failurePolicy, 'Fail');
      assert.deepEqual(only(objects, 'ValidatingAdmissionPolicyBinding', policyName).spec.validationActions, ['Deny']);
    }
  });

  test('each handle that is to be prepared has a volume and a claim of the release, and a Job that Helm takes away in the end', async () => {
    const prepareVolumes = ['fs-01234567', 'efs:fs-01234567:/team-b/x'];
    const objects = await render({ ...values, prepareVolumes });
    const jobs = objects.filter((each) => each.kind === 'Job');
    const environment = (job: Rendered, variable: string) =>
      job.spec.template.spec.containers[0].env.find(({ name }: { name: string }) => name === variable).value;
    assert.deepEqual(
      jobs.map((job) => environment(job, 'FOLDER')),
      ['/', '/team-b/x'],
    );
    for (const job of jobs) {
      const volume = only(objects, 'PersistentVolume', job.metadata?.name);
      const claim = only(objects, 'PersistentVolumeClaim', job.metadata?.name);
      // The whole file system: the driver mounts no folder that is not there.
      assert.deepEqual(volume.spec.csi, { driver: 'efs.csi.aws.com', volumeHandle: 'fs-01234567' });
      assert.deepEqual(volume.spec.mountOptions, ['iam']);
      assert.equal(volume.spec.persistentVolumeReclaimPolicy, 'Retain');
      assert.equal(claim.spec.volumeName, volume.metadata?.name);
      assert.equal(job.metadata?.annotations?.['helm.sh/hook'], 'post-install,post-upgrade');
      // As a hook, a bound volume that a failed Job has left would be deleted before its claim, and waited for in vain.
      for (const { metadata } of [volume, claim]) assert.equal(metadata?.annotations, undefined);
      for (const { metadata } of [job, volume, claim]) {
        assert.notEqual(metadata?.labels?.['app.kubernetes.io/component'], 'webhook');
      }
    }
  });

  test('what can not be prepared, and what is no key, is refused in one sentence', async () => {
    await assert.rejects(
      template({ prepareVolumes: [handles['team-a']] }),
      /at '\/prepareVolumes\/0': .* does not match/,
    );
    await assert.rejects(template({ prepareVolumes: ['fs-01234567:/a/../b'] }), /does not match/);
    await assert.rejects(
      template({ config: { storage: { static: { handle: 'fs-01234567' } } } }),
      /at '\/config\/storage\/static': additional properties 'handle' not allowed/,
    );
  });
});

describe('the program that prepares a folder', () => {
  const owner = String(process.getuid?.() === 0 ? 65532 : process.getuid?.());
  const group = String(process.getuid?.() === 0 ? 65532 : process.getgid?.());
  const volume = mkdtempSync(join(tmpdir(), 'dvc-injector-prepare-'));
  after(() => rmSync(volume, { recursive: true, force: true }));
  const prepare = (FOLDER: string) =>
    execa(process.execPath, [join(chart, 'files/prepare-volume.mjs')], {
      env: { VOLUME: volume, FOLDER, OWNER: owner, GROUP: group },
      reject: false,
    });
  const seen = (folder: string) => {
    const { uid, gid, mode } = statSync(join(volume, folder));
    return [String(uid), String(gid), (mode & 0o7777).toString(8)];
  };

  test('makes it, gives it to the fetcher with the mode of a shared folder, and says so', async () => {
    const { exitCode, stdout } = await prepare('/teams/a');
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`^/teams/a was \\d+:\\d+ and is ${owner}:${group} now$`));
    assert.deepEqual(seen('teams/a'), [owner, group, '2775']);
  });

  test('leaves what lies in it alone, and a second time changes nothing', async () => {
    mkdirSync(join(volume, 'full'));
    writeFileSync(join(volume, 'full/file'), 'data');
    chmodSync(join(volume, 'full/file'), 0o600);
    const before = seen('full/file');
    assert.equal((await prepare('/full')).exitCode, 0);
    assert.deepEqual(seen('full/file'), before);
    assert.match((await prepare('/full')).stdout, /^\/full is \d+:\d+ already$/);
  });

  test('fails with a sentence where a file is in the way', async () => {
    writeFileSync(join(volume, 'file'), '');
    const { exitCode, stderr } = await prepare('/file');
    assert.equal(exitCode, 1);
    assert.match(stderr, /^\/file can't be prepared: something that is no folder is in the way: move it/);
  });
});

describe('on a cluster', () => {
  let controlPlane: ControlPlane;
  let core: CoreV1Api;
  let rights: KubeConfig;
  let asWebhook: CoreV1Api;
  before(async () => {
    controlPlane = await startControlPlane();
    core = controlPlane.config.makeApiClient(CoreV1Api);
    const kinds = /^(ServiceAccount|(Cluster)?Role(Binding)?)$/;
    const objects = (await render(values)).filter(
      ({ kind, metadata }) => kinds.test(kind ?? '') || metadata?.name === policyName,
    );
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    for (const each of objects) await create(each);
    rights = await controlPlane.kubeConfigFor({ serviceAccount: fullname, namespace });
    asWebhook = rights.makeApiClient(CoreV1Api);
    await eventually('the policy is in force', () =>
      asWebhook.createPersistentVolume({ body: volume({ spec: { csi: undefined, hostPath } }), dryRun: 'All' }).then(
        () => false,
        (error: { code?: number }) => error.code === 403,
      ),
    );
  });
  after(() => controlPlane?.stop());

  const create = (object: object) =>
    controlPlane.kubectl(['create', '-f', '-'], { input: stringify(object), check: true });
  const hostPath = { path: '/etc' };
  const csi = { driver: 'efs.csi.aws.com', volumeHandle: handles['team-a'] };
  const claimRef = { namespace: 'team-a', name: 'data-sharing-pvc' };

  function volume(parts: { name?: string; labels?: Record<string, string>; spec?: object }): V1PersistentVolume {
    return {
      metadata: {
        name: parts.name ?? 'dvc-injector-probe',
        labels: parts.labels ?? { 'app.kubernetes.io/managed-by': 'dvc-injector' },
      },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteMany'],
        persistentVolumeReclaimPolicy: 'Retain',
        mountOptions: storage.static.mountOptions,
        claimRef,
        csi,
        ...parts.spec,
      },
    };
  }

  test("the API server's type checker finds nothing to say about the policy", async () => {
    const api = controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
    const checked = await eventually('it is type-checked', async () => {
      const policy: V1ValidatingAdmissionPolicy = await api.readValidatingAdmissionPolicy({ name: policyName });
      return policy.status?.typeChecking && policy;
    });
    assert.deepEqual(checked.status?.typeChecking?.expressionWarnings ?? [], []);
  });

  test('the webhook may make the volume that the configuration gives to a namespace, and no other', async () => {
    const attempt = (parts: Parameters<typeof volume>[0]) =>
      asWebhook.createPersistentVolume({ body: volume(parts), dryRun: 'All' }).then(
        () => 'created',
        (error: unknown) => apiFailure(error).message,
      );
    assert.equal(await attempt({}), 'created');
    const ofB = {
      csi: { ...csi, volumeHandle: 'fs-0123456789abcdef0:/team-b' },
      claimRef: { ...claimRef, namespace: 'team-b' },
    };
    assert.equal(await attempt({ spec: ofB }), 'created');
    const secret = { name: 'key', namespace: 'kube-system' };
    for (const [parts, says] of [
      [{ spec: { csi: undefined, hostPath } }, /only make PersistentVolumes of the driver efs\.csi\.aws\.com/],
      [{ spec: { csi: { ...csi, driver: 'ebs.csi.aws.com' } } }, /only make PersistentVolumes of the driver/],
      [
        { spec: { csi: { ...csi, volumeHandle: 'fs-0123456789abcdef0' } } },
        /gives namespace team-a not this volume, but fs-/,
      ],
      [{ spec: { csi: ofB.csi } }, /gives namespace team-a not this volume/],
      [
        { spec: { claimRef: { ...claimRef, namespace: 'team-c' } } },
        /gives namespace team-c not this volume, but none/,
      ],
      [{ spec: { claimRef: undefined } }, /gives namespace {2}not this volume/],
      [{ spec: { claimRef: { ...claimRef, name: 'other' } } }, /for the claim data-sharing-pvc of namespaces/],
      [{ spec: { csi: { ...csi, nodePublishSecretRef: secret } } }, /without attributes and Secrets/],
      [
        { spec: { csi: { ...csi, volumeAttributes: { mounttargetip: '10.0.0.1' } } } },
        /without attributes and Secrets/,
      ],
      [{ spec: { mountOptions: undefined } }, /with the mount options of config\.storage\.static\.mountOptions only/],
      [{ spec: { mountOptions: ['iam', 'accesspoint=fsap-01234567'] } }, /with the mount options of/],
      [{ spec: { mountOptions: ['iam,mounttargetip=10.0.0.1'] } }, /with the mount options of/],
      [{ spec: { persistentVolumeReclaimPolicy: 'Delete' } }, /PersistentVolumes that are retained/],
      [{ labels: { team: 'a' } }, /changes only PersistentVolumes that it made/],
    ] as const) {
      assert.match(await attempt(parts), says);
    }
  });

  test('it may change no volume that somebody else made, and others are not held up', async () => {
    await core.createPersistentVolume({
      body: volume({ name: 'by-hand', labels: { team: 'a' }, spec: { csi: undefined, hostPath } }),
    });
    const ours = [{ op: 'add', path: '/metadata/labels/app.kubernetes.io~1managed-by', value: 'dvc-injector' }];
    await assert.rejects(asWebhook.patchPersistentVolume({ name: 'by-hand', body: ours }), { code: 403 });
    await core.createPersistentVolume({
      body: volume({ name: 'same-by-hand', labels: { team: 'a' }, spec: { claimRef: undefined } }),
    });
    const patch = asWebhook.patchPersistentVolume({
      name: 'same-by-hand',
      body: [...ours, { op: 'add', path: '/spec/claimRef', value: claimRef }],
    });
    await assert.rejects(patch, (error: unknown) =>
      /changes only PersistentVolumes that it made/.test(apiFailure(error).message),
    );
    await assert.rejects(asWebhook.deletePersistentVolume({ name: 'same-by-hand' }), { code: 403 });
    await core.deletePersistentVolume({ name: 'same-by-hand' });
  });

  test('a volume of an earlier configuration may be mended, its mount options stay', async () => {
    const name = 'earlier';
    await core.createPersistentVolume({ body: volume({ name, spec: { mountOptions: ['ro'] } }) });
    const patch = (path: string, value: unknown) =>
      asWebhook.patchPersistentVolume({ name, body: [{ op: 'add', path, value }] }).then(
        () => 'patched',
        (error: unknown) => apiFailure(error).message,
      );
    assert.equal(await patch('/metadata/annotations', { mended: 'yes' }), 'patched');
    assert.match(await patch('/spec/mountOptions', ['ro', 'accesspoint=fsap-01234567']), /with the mount options of/);
    await core.deletePersistentVolume({ name });
  });

  test('within that the webhook makes, binds and mends what it needs', async () => {
    const team = 'team-b';
    const claimName = 'data-sharing-pvc';
    await using webhook = await startWebhookProcess({
      kubeConfig: rights,
      config: { storage, webhook: { namespace } },
    });
    await webhook.ready();
    await core.createNamespace({ body: { metadata: { name: team, labels: { [optInLabel.key]: optInLabel.value } } } });
    const bound = () =>
      eventually('the claim is bound', async () => {
        const claim = await core.readNamespacedPersistentVolumeClaim({ namespace: team, name: claimName });
        return claim.status?.phase === 'Bound' && !claim.metadata?.deletionTimestamp && claim;
      });
    const first = await bound();
    await core.deleteNamespacedPersistentVolumeClaim({ namespace: team, name: claimName });
    const second = await eventually('another claim on the same volume', async () => {
      const claim = await bound();
      return claim.metadata?.uid !== first.metadata?.uid && claim;
    });
    assert.equal(second.spec?.volumeName, first.spec?.volumeName);
    assert.deepEqual(
      webhook.log.filter((entry) => 'needs' in entry),
      [],
    );
  });

  test('the objects that prepare a folder are ones that the API server takes', async () => {
    const objects = (await render({ ...values, prepareVolumes: ['fs-01234567:/team-b'] })).filter(({ metadata }) =>
      metadata?.name?.startsWith(`${fullname}-prepare-`),
    );
    assert.equal(objects.length, 3);
    for (const each of objects) {
      const { stderr } = await controlPlane.kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: stringify(each),
        check: true,
      });
      assert.equal(stderr, '');
    }
  });
});
