/** What the webhook's ServiceAccount may claim: the policy on a real API server, asked as that account. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type V1PersistentVolumeClaim,
  type V1ValidatingAdmissionPolicy,
} from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/load.ts';
import { optInLabel } from '../../src/config/opt-in.ts';
import { apiFailure } from '../../src/kubernetes/failure.ts';
import { claimManifest } from '../../src/storage/claim.ts';
import { release, render, type Values } from '../support/chart/helm.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';

const { fullname, namespace } = release;
const policyName = `${fullname}-claims`;
const longName = `team-${'x'.repeat(33)}-y`;
const [handle, other] = ['fs-0123456789abcdef0::fsap-0123456789abcdef0', 'efs:fs-0123456789abcdef0:/team-b'];

/** Every way to configure the claims' volumes. */
const configurations: Record<string, { storage: Record<string, unknown> }> = {
  defaults: { storage: {} },
  'a class': {
    storage: { className: 'efs', claimName: 'shared', size: '1.5Ti', accessModes: ['ReadWriteMany', 'ReadWriteOnce'] },
  },
  'a pinned volume': { storage: { volumeName: 'datasets', size: 1e12 } },
  'static volumes': { storage: { static: { namespaces: { 'team-a': handle, [longName]: other } } } },
  'one static volume for all': {
    storage: { static: { volumeHandle: 'fs-01234567', shared: true, namespaces: { 'team-a': handle } } },
  },
};

let controlPlane: ControlPlane;
let core: CoreV1Api;
let asWebhook: CoreV1Api;
before(async () => {
  controlPlane = await startControlPlane();
  core = controlPlane.config.makeApiClient(CoreV1Api);
  const labels = { [optInLabel.key]: optInLabel.value };
  for (const name of [namespace, 'team-a', longName])
    await core.createNamespace({ body: { metadata: { name, labels } } });
  for (const [name, more] of [
    ['bystander', {}],
    ['opted-out', { [optInLabel.key]: 'disabled' }],
  ] as const) {
    await core.createNamespace({ body: { metadata: { name, labels: more } } });
  }
  const kinds = /^(ServiceAccount|(Cluster)?Role(Binding)?)$/;
  await apply((await render()).filter(({ kind }) => kinds.test(kind ?? '')));
  asWebhook = (await controlPlane.kubeConfigFor({ serviceAccount: fullname, namespace })).makeApiClient(CoreV1Api);
});
after(() => controlPlane?.stop());

const apply = async (objects: readonly object[]) => {
  for (const each of objects) {
    await controlPlane.kubectl(['apply', '-f', '-'], { input: stringify(each), check: true });
  }
};

async function installPolicy(config: Values): Promise<V1ValidatingAdmissionPolicy> {
  const api = controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
  await apply((await render({ config })).filter(({ metadata }) => metadata?.name === policyName));
  return eventually('the policy is type-checked', async () => {
    const policy = await api.readValidatingAdmissionPolicy({ name: policyName });
    return policy.status?.observedGeneration === policy.metadata?.generation && policy.status?.typeChecking && policy;
  });
}

/** 'created', or the API server's words. */
function attempt(where: string, body: V1PersistentVolumeClaim): Promise<string> {
  return asWebhook
    .createNamespacedPersistentVolumeClaim({
      namespace: where,
      body: { ...body, metadata: { ...body.metadata, namespace: where } },
      dryRun: 'All',
    })
    .then(
      () => 'created',
      (error: unknown) => apiFailure(error).message,
    );
}

for (const [what, config] of Object.entries(configurations)) {
  describe(`with ${what}`, () => {
    const { storage } = parseConfig(JSON.stringify(config));
    const claim = (more: object = {}, metadata: object = {}): V1PersistentVolumeClaim => {
      const own = claimManifest('team-a', storage);
      return { ...own, metadata: { ...own.metadata, ...metadata }, spec: { ...own.spec, ...more } };
    };
    before(async () => {
      const policy = await installPolicy(config);
      assert.deepEqual(policy.status?.typeChecking?.expressionWarnings ?? [], []);
      // The policy before may be in force for a moment longer.
      await eventually('the policy is in force', async () => {
        const right = [await attempt('team-a', claim()), await attempt(longName, claimManifest(longName, storage))];
        return right.every((answer) => answer === 'created') && (await attempt('bystander', claim())) !== 'created';
      });
    });

    test('the claim that the webhook makes is admitted, in every namespace that opted in', async () => {
      assert.equal(await attempt('team-a', claim()), 'created');
      assert.equal(await attempt(longName, claimManifest(longName, storage)), 'created');
    });

    test('in a namespace that is not opted in, or never served, it is denied', async () => {
      for (const where of ['bystander', 'opted-out', 'kube-system', namespace]) {
        assert.match(
          await attempt(where, claimManifest(where, storage)),
          new RegExp(
            `makes claims in opted-in namespaces only, and ${where} is none: kubectl label namespace ${where} `,
          ),
        );
      }
    });

    test('any other claim is denied, with what is wrong about it', async () => {
      const requests = (size: string) => ({ resources: { requests: { storage: size } } });
      const source = { kind: 'PersistentVolumeClaim', name: 'secret-data' };
      const bound = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } };
      const classByAnnotation = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'fast' } };
      for (const [body, says] of [
        [claim({}, { name: 'other' }), new RegExp(`makes the claim ${storage.claimName} and no other`)],
        [claim({}, { name: undefined, generateName: `${storage.claimName}-` }), /and no other/],
        [claim({ storageClassName: 'fast' }), /of the class in config\.storage\.className only/],
        [claim({}, classByAnnotation), /of the class in config\.storage\.className only/],
        [claim({ accessModes: ['ReadWriteOnce'] }), /with the access modes of config\.storage\.accessModes only/],
        [claim({ accessModes: [...storage.accessModes, 'ReadOnlyMany'] }), /with the access modes of/],
        [claim(requests('100Ti')), /of the size in config\.storage\.size only/],
        [claim({ volumeName: 'of-another-team' }), /for the volume that config\.storage gives to their namespace/],
        [claim({ dataSource: source }), /without a source, a selector/],
        [claim({ selector: { matchLabels: { team: 'b' } } }), /without a source, a selector/],
        [claim({ volumeMode: 'Block' }), /without a source, a selector/],
        [claim({}, bound), /the marks of a bound claim/],
      ] as const) {
        assert.match(await attempt('team-a', body), says);
      }
    });

    test('everybody else may claim what they like', async () => {
      const mine: V1PersistentVolumeClaim = claim(
        { storageClassName: 'fast' },
        { name: 'mine', namespace: 'bystander' },
      );
      await core.createNamespacedPersistentVolumeClaim({ namespace: 'bystander', body: mine, dryRun: 'All' });
    });
  });
}

test("with static volumes a namespace can't claim the volume of another, nor one where the configuration has none", async () => {
  const config = configurations['static volumes'] ?? {};
  const { storage } = parseConfig(JSON.stringify(config));
  const ofOther = claimManifest(longName, storage);
  const labels = { [optInLabel.key]: optInLabel.value };
  await core.createNamespace({ body: { metadata: { name: 'team-c', labels } } });
  await installPolicy(config);
  await eventually('the policy is in force', async () => (await attempt('team-c', ofOther)) !== 'created');
  for (const [where, claim] of [
    ['team-a', ofOther],
    ['team-c', ofOther],
    ['team-c', claimManifest('team-c', storage)],
  ] as const) {
    assert.match(await attempt(where, claim), /gives to their namespace, and for no other/);
  }
});
