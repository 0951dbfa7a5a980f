/** What becomes of the cloud identity of the training container: all of it with its token's file, or nothing and a warning. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warningText } from '../../../src/text.ts';
import {
  fetcherOf,
  injected,
  injectionOf,
  podWith,
  type TestContainer,
  type TestPod,
} from '../../support/admission/pods.ts';

const irsaFolder = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const irsaFile = `${irsaFolder}/token`;
const podIdentityFile = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token';
const role = { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/training' };
const region = { name: 'AWS_REGION', value: 'eu-central-1' };
const irsa = [role, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: irsaFile }];
const podIdentity = [
  { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
  { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: podIdentityFile },
];
const irsaMount = { name: 'aws-iam-token', mountPath: irsaFolder, readOnly: true };

type Env = (NonNullable<TestContainer['env']>[number] & { valueFrom?: object })[];

function podOf(env: Env, volumeMounts: NonNullable<TestContainer['volumeMounts']>): TestPod {
  return podWith({}, { containers: [{ name: 'train', env, volumeMounts }] });
}

/** The variables and mounts that the init container has beyond those it always has, and what was said. */
function given(pod: TestPod) {
  const [with_, without] = [fetcherOf(injected(pod)), fetcherOf(injected(podWith()))];
  const usual = new Set(without.volumeMounts?.map((mount) => mount.mountPath));
  return {
    env: with_.env?.filter(({ name }) => name.startsWith('AWS_')),
    mounts: with_.volumeMounts?.filter((mount) => !usual.has(mount.mountPath)),
    warnings: injectionOf(pod).warnings,
  };
}

/** The warning that came in place of all of it. */
function refusalOf(pod: TestPod): string {
  const { env, mounts, warnings } = given(pod);
  assert.deepStrictEqual([env, mounts, warnings.length], [[], [], 1], warnings.join('|'));
  const [warning = ''] = warnings;
  assert.match(warning, /container train is not given to the init container, as .*; .*, or name credentials by /);
  assert.equal(warningText(warning), warning, 'kubectl prints the whole sentence');
  return warning;
}

describe('the cloud identity of the training container', () => {
  it('is copied with the mount of its token, read-only, whatever that mount says', () => {
    assert.deepStrictEqual(given(podOf([region, ...irsa], [{ ...irsaMount, readOnly: false }])), {
      env: [region, ...irsa],
      mounts: [irsaMount],
      warnings: [],
    });
  });

  it('is copied where its token is mounted as a single file', () => {
    const mount = { name: 'token', mountPath: irsaFile, subPath: 'token', readOnly: true };
    assert.deepStrictEqual(given(podOf(irsa, [mount])), { env: irsa, mounts: [mount], warnings: [] });
  });

  it('is copied with the innermost mount alone, as it hides those around it', () => {
    for (const outer of ['/', '/var/run', '/var/run/secrets', '/var/run/secrets/eks.amazonaws.com/']) {
      const around = { name: 'other', mountPath: outer };
      for (const mounts of [
        [around, irsaMount],
        [irsaMount, around],
      ])
        assert.deepStrictEqual(given(podOf(irsa, mounts)), { env: irsa, mounts: [irsaMount], warnings: [] }, outer);
    }
  });

  it('is copied however its paths are written', () => {
    const file = { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run//secrets/x/../aws/./token' };
    const mount = { name: 'token', mountPath: '/var//run/secrets/aws/', readOnly: true };
    assert.deepStrictEqual(given(podOf([file], [mount])), { env: [file], mounts: [mount], warnings: [] });
  });

  it('may be one of IRSA and one of Pod Identity, and the token of both in one mount', () => {
    const mount = { name: 'tokens', mountPath: '/var/run/secrets/aws', readOnly: true };
    const env = [...irsa, ...podIdentity].map((variable) =>
      variable.name.endsWith('_FILE') ? { ...variable, value: `/var/run/secrets/aws/${variable.name}` } : variable,
    );
    assert.deepStrictEqual(given(podOf(env, [mount])), { env, mounts: [mount], warnings: [] });
  });

  it('is copied as far as its token can be: not that of Pod Identity beside IRSA, if its token is in no mount', () => {
    const { env, mounts, warnings } = given(podOf([...podIdentity, region, ...irsa], [irsaMount]));
    assert.deepStrictEqual([env, mounts], [[region, ...irsa], [irsaMount]]);
    assert.deepStrictEqual(warnings.length, 1);
    assert.match(warnings[0] ?? '', /no mount holds .*\/eks-pod-identity-token;/);
  });

  it('is no identity where it is only a region, a role or an empty variable', () => {
    for (const env of [
      [region],
      [region, role],
      [region, role, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '' }],
      [podIdentity[0], { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE' }],
    ])
      assert.deepStrictEqual(given(podOf(env as Env, [irsaMount])), { env: [], mounts: [], warnings: [] });
  });
});

describe('nothing of a cloud identity is copied, and a warning says what to do,', () => {
  it('where its token lies outside the secrets, or around or within a folder of ours', () => {
    for (const path of [
      '/token',
      '/scratch',
      '/scratch/',
      '/',
      '/var/run/secrets',
      '/var/run/secrets/',
      '/var/run/secrets/dvc.io',
      '/var/run/secrets/dvc.io/git/x',
      '/var/run/secrets/aws/../dvc.io/ca',
      '/var/run/secrets/kubernetes.io',
      '/var/run/secrets/kubernetes.io/serviceaccount',
    ]) {
      const file = `${path.replace(/\/$/, '')}/token`;
      const env = [{ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: file }];
      const warning = refusalOf(podOf(env, [{ name: 'token', mountPath: path }]));
      assert.ok(warning.includes(`mounted at ${path}; mount it in a folder of its own below`), warning);
    }
  });

  it("where its token's file is itself a mount at such a place", () => {
    for (const path of ['/token', '/var/run/secrets/kubernetes.io/serviceaccount/token', '/var/run/secrets/dvc.io']) {
      const env = [{ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: path }];
      const warning = refusalOf(podOf(env, [{ name: 'token', mountPath: path, subPath: 'token' }]));
      assert.ok(warning.includes(`mounted at ${path}; mount it in a folder of its own below`), warning);
    }
  });

  it('where no mount holds its token: there is none, it is beside it, or the path is relative', () => {
    const beside = { name: 'aws-iam-token', mountPath: `${irsaFolder}/tok` };
    for (const mounts of [[], [beside]]) {
      assert.match(
        refusalOf(podOf(irsa, mounts)),
        /no mount holds .*\/token; mount the token below \/var\/run\/secrets,/,
      );
    }
    refusalOf(podOf(podIdentity, [irsaMount]));
    const relative = [role, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: irsaFile.slice(1) }];
    refusalOf(podOf(relative, [irsaMount]));
  });

  it("where the path of its token comes from elsewhere, which the webhook can't read", () => {
    const valueFrom = { configMapKeyRef: { name: 'aws', key: 'file' } };
    for (const variable of [{ valueFrom }, { value: '', valueFrom }, { value: '$(FOLDER)/token' }]) {
      const env = [role, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', ...variable }];
      assert.match(
        refusalOf(podOf(env, [irsaMount])),
        /AWS_WEB_IDENTITY_TOKEN_FILE is not a plain value; write it out/,
      );
    }
    const token = { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', valueFrom };
    assert.match(refusalOf(podOf([token], [irsaMount])), /AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not a plain value/);
  });

  it('where another variable of it is made of one that the init container does not have', () => {
    const made = { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::$(ACCOUNT):role/training' };
    assert.match(refusalOf(podOf([...irsa, made], [irsaMount])), /AWS_ROLE_ARN is not a plain value/);
  });

  it('where the mount of its token has a path that is made of variables', () => {
    const mount = { ...irsaMount, subPathExpr: '$(POD_NAME)' };
    assert.match(refusalOf(podOf(irsa, [mount])), /has a subPathExpr; give it a subPath/);
    assert.deepStrictEqual(given(podOf(irsa, [{ ...irsaMount, subPathExpr: '' }])).warnings, []);
  });
});

it('a region that is made of another variable stays behind alone', () => {
  const made = { name: 'AWS_REGION', value: '$(REGION)' };
  assert.deepStrictEqual(given(podOf([made, ...irsa], [irsaMount])).env, irsa);
});

it('a role that comes from a ConfigMap comes along, as the init container can read it too', () => {
  const [, file] = irsa;
  const from = { name: 'AWS_ROLE_ARN', valueFrom: { configMapKeyRef: { name: 'aws', key: 'role' } } };
  const env = [from, file] as Env;
  assert.deepStrictEqual(given(podOf(env, [irsaMount])).env, env);
});
