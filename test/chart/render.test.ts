/** What the chart renders, without a cluster. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleChartFiles } from '../../deploy/chart/generate.ts';
import { annotations, readAnnotationKey } from '../../src/admission/annotations.ts';
import { parseConfig } from '../../src/config/load.ts';
import { authoritySecretName } from '../../src/tls/authority-secret.ts';
import { version } from '../../src/version.ts';
import {
  chart,
  helm,
  objectsIn,
  only,
  type Rendered,
  release,
  render,
  template,
  type Values,
} from '../support/chart/helm.ts';
import { everything } from '../support/chart/values.ts';
import { registeredWebhook } from '../support/webhook/registration.ts';
import { clusterRules, ownRules } from '../support/webhook/rights.ts';

const { fullname, namespace } = release;
const configOf = (objects: readonly Rendered[]) => parseConfig(only(objects, 'ConfigMap').data['config.yaml']);
const containerOf = (objects: readonly Rendered[]) => only(objects, 'Deployment').spec.template.spec.containers[0];

test('helm lint finds nothing', async () => {
  for (const values of [{}, everything]) {
    const { stdout, exitCode } = await helm(['lint', '--strict', chart], { values });
    assert.equal(exitCode, 0, stdout);
    assert.doesNotMatch(stdout, /WARNING|ERROR/);
  }
});

test('the same values give the same bytes', async () => {
  for (const values of [{}, everything, { tls: { mode: 'cert-manager' } }]) {
    assert.equal(await template(values), await template(values));
  }
});

test('the files that repeat the code are what the code says', () => {
  assert.deepEqual(staleChartFiles(), []);
});

test('the registration is the one that the tests of the webhook use, at the Service of the release', async () => {
  const [webhook] = only(await render(), 'MutatingWebhookConfiguration').webhooks;
  const service = { name: fullname, namespace, path: '/mutate', port: 443 };
  const expected = registeredWebhook({ service });
  expected.namespaceSelector?.matchExpressions?.[0]?.values?.splice(1, 1, namespace);
  assert.deepEqual(webhook, expected);
});

test('the configuration file is what the admin wrote, and the names that only the chart knows', async () => {
  const plain = configOf(await render());
  assert.deepEqual(plain, {
    ...parseConfig(''),
    webhook: { ...parseConfig('').webhook, namespace, service: fullname, configuration: fullname },
  });
  const objects = await render(everything);
  const config = configOf(objects);
  assert.equal(config.fetcher.runAsUser, null);
  assert.equal(config.fetcher.env.HTTPS_PROXY, 'http://proxy:3128');
  assert.equal(config.storage.className, 'efs');
  assert.deepEqual(
    containerOf(objects).ports.map((port: { containerPort: number }) => port.containerPort),
    [config.webhook.port, config.webhook.metricsPort],
  );
});

test('another configuration makes other pods, and the same one does not', async () => {
  const sum = async (values: Values) =>
    only(await render(values), 'Deployment').spec.template.metadata.annotations['checksum/config'];
  assert.equal(await sum({}), await sum({ replicas: 3 }));
  assert.notEqual(await sum({}), await sum({ config: { storage: { className: 'efs' } } }));
});

test('the rights are those that the tests of the webhook find sufficient, for the names of the release', async () => {
  const objects = await render();
  const named = (rules: typeof clusterRules, names: Record<string, string>) =>
    rules.map((rule) => ({
      ...rule,
      ...(rule.resourceNames ? { resourceNames: rule.resourceNames.map((name) => names[name] ?? name) } : {}),
    }));
  const names = { 'dvc-injector': fullname, 'dvc-injector-ca': authoritySecretName(fullname) };
  assert.deepEqual(only(objects, 'ClusterRole').rules, named(clusterRules, names));
  assert.deepEqual(only(objects, 'Role').rules, named(ownRules, names));
});

test('the pods meet Pod Security "restricted"; null leaves the user to the platform', async () => {
  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const user = { runAsUser: 65532, runAsGroup: 65532 };
  assert.deepEqual(containerOf(await render()).securityContext, { ...restricted, ...user });
  const inherited = await render({ runAsUser: null, runAsGroup: null });
  assert.deepEqual(containerOf(inherited).securityContext, restricted);
});

test('the image is of the version of the chart, another tag, or a digest', async () => {
  const image = async (values: Values) => containerOf(await render(values)).image;
  assert.equal(await image({}), `ghcr.io/dvc-injector/dvc-injector:${version}`);
  assert.equal(await image({ image: { repository: 'r.example.com/w', tag: '9' } }), 'r.example.com/w:9');
  assert.equal(await image(everything), `registry.example.com/webhook@sha256:${'0'.repeat(64)}`);
});

test('every policy can be left out, alone', async () => {
  const names = {
    notOptedIn: 'not-opted-in',
    annotationBesideTemplate: 'annotation-beside-template',
    unknownAnnotation: 'unknown-annotation',
    mustBeInjected: 'must-be-injected',
    protectClaim: 'protect-claim',
  };
  const rendered = async (values: Values) => {
    const objects = await render(values);
    const of = (kind: string) => objects.filter((each) => each.kind === kind).map((each) => each.metadata?.name);
    assert.deepEqual(of('ValidatingAdmissionPolicy'), of('ValidatingAdmissionPolicyBinding'));
    return of('ValidatingAdmissionPolicy').sort();
  };
  // That on the webhook's own claims is what holds its rights in, and always there.
  const all = [...Object.values(names), 'claims'].map((name) => `${fullname}-${name}`);
  assert.deepEqual(await rendered({}), all.toSorted());
  for (const [value, name] of Object.entries(names)) {
    const rest = all.filter((each) => each !== `${fullname}-${name}`).sort();
    assert.deepEqual(await rendered({ policies: { [value]: value === 'protectClaim' ? 'Off' : false } }), rest);
  }
});

test('kinds that the admin adds are looked at beside the known ones, by the three policies that read annotations', async () => {
  const own = { apiGroups: ['example.com'], resources: ['trainings'] };
  const policies = (await render({ policies: { customKinds: [own] } })).filter(
    ({ kind }) => kind === 'ValidatingAdmissionPolicy',
  );
  const looking = (resource: string) =>
    policies
      .filter(({ spec }) =>
        spec.matchConstraints.resourceRules.some(({ resources }: { resources: string[] }) =>
          resources.includes(resource),
        ),
      )
      .map(({ metadata }) => metadata?.name?.replace(`${fullname}-`, ''))
      .sort();
  const three = ['annotation-beside-template', 'not-opted-in', 'unknown-annotation'];
  for (const resource of ['trainings', 'pytorchjobs', 'workflows', 'deployments', 'cronjobs']) {
    assert.deepEqual(looking(resource), three, resource);
  }
});

test('the policy on unknown annotations lists exactly those that the webhook reads', async () => {
  const policy = only(await render(), 'ValidatingAdmissionPolicy', `${fullname}-unknown-annotation`);
  const listOf = (variable: string): string[] => {
    const { expression } = policy.spec.variables.find((each: { name: string }) => each.name === variable);
    return JSON.parse(expression.replaceAll("'", '"'));
  };
  const named = listOf('named');
  assert.deepEqual([...named, ...listOf('plain')].sort(), Object.keys(annotations).sort());
  for (const name of Object.keys(annotations)) {
    assert.equal(readAnnotationKey(`dvc.io/${name}.x`) !== null, named.includes(name), name);
  }
});

test('with cert-manager there is a certificate for the Service, and no right to secrets or to the registration', async () => {
  const objects = await render({ tls: { mode: 'cert-manager' } });
  const certificate = only(objects, 'Certificate', `${fullname}-tls`);
  assert.deepEqual(certificate.spec.dnsNames, [
    `${fullname}.${namespace}.svc`,
    `${fullname}.${namespace}.svc.cluster.local`,
  ]);
  // Signed by an authority that outlives it: a renewal leaves the caBundle as it is.
  assert.deepEqual(certificate.spec.issuerRef, { name: fullname, kind: 'Issuer' });
  const issuer = only(objects, 'Issuer', fullname);
  const authority = only(objects, 'Certificate', `${fullname}-issuer`);
  assert.equal(issuer.spec.ca.secretName, authority.spec.secretName);
  assert.deepEqual([authority.spec.isCA, authority.spec.privateKey.rotationPolicy], [true, 'Never']);
  assert.deepEqual(only(objects, 'Issuer', authority.spec.issuerRef.name).spec, { selfSigned: {} });
  assert.equal(
    only(objects, 'MutatingWebhookConfiguration').metadata?.annotations?.['cert-manager.io/inject-ca-from'],
    `${namespace}/${certificate.metadata?.name}`,
  );
  const volumes = only(objects, 'Deployment').spec.template.spec.volumes;
  assert.equal(
    volumes.find((each: { name: string }) => each.name === 'tls').secret.secretName,
    certificate.spec.secretName,
  );
  const { tls } = configOf(objects).webhook;
  assert.deepEqual(tls, {
    mode: 'cert-manager',
    certFile: '/etc/dvc-injector/tls/tls.crt',
    keyFile: '/etc/dvc-injector/tls/tls.key',
  });
  assert.equal(
    objects.some((each) => each.kind === 'Role'),
    false,
  );
  assert.doesNotMatch(JSON.stringify(only(objects, 'ClusterRole').rules), /mutatingwebhookconfigurations|secrets/);

  const own = await render({
    tls: { mode: 'cert-manager', certManager: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } },
  });
  assert.deepEqual(only(own, 'Certificate').spec.issuerRef, { name: 'ca', kind: 'ClusterIssuer' });
  assert.equal(
    own.some((each) => each.kind === 'Issuer'),
    false,
  );
});

test('with a provided certificate its authority is in the registration', async () => {
  const objects = await render({ tls: { mode: 'provided', provided: { secretName: 'mine', caBundle: 'PEM' } } });
  const [webhook] = only(objects, 'MutatingWebhookConfiguration').webhooks;
  assert.equal(Buffer.from(webhook.clientConfig.caBundle, 'base64').toString(), 'PEM');
  assert.equal(configOf(objects).webhook.tls.mode, 'provided');
  await assert.rejects(template({ tls: { mode: 'provided' } }), /tls\.provided\.secretName must name the Secret/);
});

const refused: [what: string, values: Values, says: RegExp][] = [
  ['an unknown value', { replica: 3 }, /additional properties 'replica' not allowed/],
  ['no replicas', { replicas: 0 }, /at '\/replicas': minimum: got 0, want 1/],
  [
    'an unknown TLS mode',
    { tls: { mode: 'none' } },
    /at '\/tls\/mode': value must be one of 'self-signed', 'cert-manager', 'provided'/,
  ],
  ['a misspelt section', { config: { storge: {} } }, /at '\/config': additional properties 'storge' not allowed/],
  [
    'a size that is none',
    { config: { storage: { size: 'big' } } },
    /at '\/config\/storage\/size': 'big' does not match/,
  ],
  [
    'a duration that is none',
    { config: { fetcher: { waitTimeout: '6 hours' } } },
    /at '\/config\/fetcher\/waitTimeout'/,
  ],
  ['root', { config: { fetcher: { runAsUser: 0 } } }, /at '\/config\/fetcher\/runAsUser': minimum: got 0, want 1/],
  [
    'what only the chart knows',
    { config: { webhook: { service: 'x' } } },
    /at '\/config\/webhook': additional properties 'service' not allowed/,
  ],
  [
    'a place of a remote that is none',
    { config: { remotes: { endpoints: ['https://minio.example.com/bucket'] } } },
    /at '\/config\/remotes\/endpoints\/0': .* does not match/,
  ],
  ['a drain that the grace period can not follow', { drain: '1h' }, /at '\/drain': '1h' does not match/],
  [
    'a port that a Service can not follow',
    { config: { webhook: { port: 0 } } },
    /at '\/config\/webhook\/port': minimum: got 0, want 1/,
  ],
];
for (const [what, values, says] of refused) {
  test(`the values' schema refuses ${what} in one sentence that names it`, async () => {
    await assert.rejects(template(values), says);
  });
}

const unusable: [what: string, config: Values, says: RegExp][] = [
  [
    'a pinned volume beside a class',
    { storage: { className: 'efs', volumeName: 'pv-1' } },
    /config\.storage\.volumeName needs className "": class "efs" makes its own volumes/,
  ],
  [
    'volumes beside a class that makes them',
    { storage: { className: 'efs', static: { namespaces: { a: 'fs-01234567' } } } },
    /config\.storage\.static needs className ""/,
  ],
  [
    'one volume for all, where nobody said that they may share it',
    { storage: { static: { volumeHandle: 'fs-01234567' } } },
    /static\.volumeHandle would be the volume of every opted-in namespace: .* set static\.shared: true/,
  ],
  ['one port for two servers', { webhook: { port: 9090 } }, /config\.webhook\.metricsPort must not be .*9090/],
];
for (const [what, config, says] of unusable) {
  test(`Helm refuses ${what}, as the webhook would`, async () => {
    assert.throws(() => parseConfig(JSON.stringify(config)));
    await assert.rejects(template({ config }), says);
  });
}

test('reviews come in from anywhere, or from the control plane only; helm test gets through either way', async () => {
  const https = async (values: Values) =>
    only(await render(values), 'NetworkPolicy').spec.ingress.find(
      (rule: { ports: { port: string }[] }) => rule.ports[0]?.port === 'https',
    );
  assert.deepEqual(Object.keys(await https({})), ['ports']);
  const webhookFrom = [
    { ipBlock: { cidr: '10.0.0.0/28', except: ['10.0.0.1/32'] } },
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'konnectivity-agent' } },
    },
  ];
  const values = { networkPolicy: { webhookFrom } };
  const { from } = await https(values);
  assert.deepEqual(from.slice(0, -1), webhookFrom);
  const hooks = await helm(['template', release.name, chart, '--namespace', namespace], { values });
  const labels = only(objectsIn(hooks.stdout), 'Pod').metadata?.labels;
  assert.deepEqual(from.at(-1), { podSelector: { matchLabels: labels } });
  // With an address that is no peer, or a peer of no address, the policy would be refused or let in nobody.
  await assert.rejects(
    template({ networkPolicy: { webhookFrom: ['10.0.0.0/28'] } }),
    /\/networkPolicy\/webhookFrom\/0/,
  );
  await assert.rejects(
    template({ networkPolicy: { webhookFrom: [{ ipBlock: { cidr: '10.0.0.1' } }] } }),
    /\/networkPolicy\/webhookFrom\/0\/ipBlock\/cidr.*does not match/,
  );
});

test('the authorities of client certificates come from a key of a ConfigMap or a Secret, and are followed as it changes', async () => {
  const items = [{ key: 'pki.pem', path: 'ca.crt' }];
  for (const [given, volume] of [
    [{ configMap: 'control-plane', key: 'pki.pem' }, { configMap: { name: 'control-plane', items } }],
    [{ secret: 'control-plane', key: 'pki.pem' }, { secret: { secretName: 'control-plane', items } }],
  ] as const) {
    const objects = await render({ tls: { clientCA: given, clientNames: ['kube-apiserver'] } });
    const { containers, volumes } = only(objects, 'Deployment').spec.template.spec;
    assert.deepEqual(
      volumes.find((each: { name: string }) => each.name === 'client-ca'),
      { name: 'client-ca', ...volume },
    );
    const mount = containers[0].volumeMounts.find((each: { name: string }) => each.name === 'client-ca');
    // A subPath would be a copy that no renewal reaches.
    assert.deepEqual(mount, { name: 'client-ca', mountPath: '/etc/dvc-injector/client-ca', readOnly: true });
    const { tls } = configOf(objects).webhook;
    assert.deepEqual([tls.clientCA, tls.clientNames], [`${mount.mountPath}/ca.crt`, ['kube-apiserver']]);
  }
  const without = await render();
  assert.deepEqual(configOf(without).webhook.tls, { mode: 'self-signed' });
  assert.doesNotMatch(JSON.stringify(only(without, 'Deployment')), /client-ca/);
  const withMode = { mode: 'provided', provided: { secretName: 'mine' }, clientCA: { secret: 'x' } };
  assert.equal(configOf(await render({ tls: withMode })).webhook.tls.mode, 'provided');
  await assert.rejects(
    template({ tls: { clientNames: ['a'] } }),
    /tls\.clientNames restricts nobody without tls\.clientCA/,
  );
  await assert.rejects(template({ tls: { clientCA: { configMap: 'a', secret: 'b' } } }), /leave one of them out/);
});

const podOf = async (values: Values) => only(await render(values), 'Deployment').spec.template.spec;

test('a leaving pod has its drain, a review in flight and a margin before it is killed', async () => {
  const graceOf = async (values: Values) => (await podOf(values)).terminationGracePeriodSeconds;
  assert.deepEqual([await graceOf({}), await graceOf({ drain: '60s' })], [30, 85]);
});

test("on the node's own network the pod still finds the cluster's names", async () => {
  const { hostNetwork, dnsPolicy } = await podOf({ hostNetwork: true });
  assert.deepEqual({ hostNetwork, dnsPolicy }, { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
  assert.equal((await podOf({})).hostNetwork, undefined);
});

test("what the configuration's own schema takes, the values' schema takes", async () => {
  const config = {
    fetcher: { cpu: 2, memory: '1.5Gi', scratch: '2e9', waitTimeout: '1h30m', runAsGroup: null },
    repositories: { aliases: { images: 'https://git.example.com/ml/images' }, schemes: ['https', 'ssh', 'file'] },
    remotes: { endpoints: ['https://minio.example.com:9000'] },
    mesh: { proxies: [] },
  };
  parseConfig(JSON.stringify(config));
  assert.equal(configOf(await render({ config })).fetcher.scratch, '2e9');
});
