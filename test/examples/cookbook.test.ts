/** The cookbook's and the installation's manifests, Secrets and values, taken from the pages and tried on real parts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { V1Secret } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type RemoteTypeName, remoteType, remoteTypes } from '../../src/fetch/remote/types.ts';
import { only, render } from '../support/chart/helm.ts';
import { makeNamespace } from '../support/cluster/objects.ts';
import { blocks, readPage, section as sectionOf } from '../support/docs/pages.ts';
import { injectOffline } from '../support/inject/offline.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';

const cookbook = readPage('docs/annotate.md');
const installation = readPage('docs/install.md');
const yamlOf = (page: string, beginning: string) => blocks(page, 'yaml').filter((block) => block.startsWith(beginning));

let api: ApiTest;
let namespace: string;
let files: string;

before(async () => {
  api = await startApiTest();
  await api.serve();
  namespace = await makeNamespace(api.controlPlane.config);
  files = mkdtempSync(join(tmpdir(), 'dvc-injector-cookbook-'));
  for (const name of ['token', 'password', 'id_ed25519', 'known_hosts', 'key.json', 'ca.pem', 'tls.crt', 'tls.key']) {
    writeFileSync(join(files, name), `the content of ${name}\n`);
  }
  for (const block of blocks(cookbook, 'ini')) {
    const [, name = ''] = /^# (.+)\n/.exec(block) ?? [];
    writeFileSync(join(files, name), block);
  }
});
after(async () => {
  rmSync(files, { recursive: true, force: true });
  await api?.[Symbol.asyncDispose]();
});

/** The page's `kubectl create` commands, each on one line. */
function creations(page: string): string[] {
  return blocks(page, 'sh')
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .filter((line) => /^kubectl create (secret|configmap) /.test(line));
}

/** Runs the command as a shell would, in a folder with the files that it names; what the API server would store. */
async function created(command: string): Promise<V1Secret> {
  const words = command.match(/"[^"]*"|\S+/g) ?? [];
  const args = words
    .slice(1)
    .map((word) => word.replace(/^(--from-(?:env-)?file=(?:[^=]+=)?)([^=/]+)$/, `$1${files}/$2`));
  const all = [...args, '-n', namespace, '--dry-run=server', '-o', 'json'];
  const { stdout } = await api.controlPlane.kubectl(all, { check: true });
  return JSON.parse(stdout) as V1Secret;
}

const section = (heading: string) => sectionOf(cookbook, heading);

test('every manifest of the cookbook is stored with its dataset', async () => {
  const manifests = yamlOf(cookbook, 'apiVersion:');
  assert.equal(manifests.length, 2);
  for (const manifest of manifests) {
    const { text } = await injectOffline(manifest, namespace);
    const args = ['create', '-n', namespace, '--dry-run=server', '-o', 'yaml', '-f', '-'];
    const { stdout } = await api.controlPlane.kubectl(args, { input: text, check: true });
    assert.match(stdout, /- name: DVC_DATASET_SPLIT_FILE\n\s+value: \/mnt\/split\.txt\n/);
    assert.match(stdout, /name: dvc-fetch\n/);
  }
});

test("every group of annotations in the cookbook gives a pod what stands beside it, without a word of the webhook's", async () => {
  const groups = yamlOf(cookbook, '# annotations').map((block) => parse(block) as Record<string, string>);
  assert.equal(groups.length, 5);
  for (const annotations of groups) {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'look', annotations },
      spec: { containers: [{ name: 'main', image: 'registry.example.com/train:1' }] },
    };
    const { stderr } = await injectOffline(pod);
    assert.equal(stderr, '');
    const args = ['create', '-n', namespace, '--dry-run=server', '-o', 'json', '-f', '-'];
    const made = await api.controlPlane.kubectl(args, { input: JSON.stringify(pod), check: true });
    const datasets = Object.keys(annotations).filter((name) => /^dvc\.io\/dataset(\.|$)/.test(name));
    assert.equal(JSON.parse(made.stdout).spec.initContainers.length, datasets.length);
  }
});

test('the Secrets for git have the type and the keys that the fetch reads', async () => {
  const [https, ssh, bound, ...more] = await Promise.all(creations(section('A private repository')).map(created));
  assert.equal(https?.type, 'kubernetes.io/basic-auth');
  assert.deepEqual(Object.keys(https?.data ?? {}).sort(), ['password', 'username']);
  assert.equal(ssh?.type, 'kubernetes.io/ssh-auth');
  assert.deepEqual(Object.keys(ssh?.data ?? {}).sort(), ['known_hosts', 'ssh-privatekey']);
  assert.deepEqual(Object.keys(bound?.data ?? {}).sort(), ['host', 'password', 'username']);
  assert.deepEqual(more, []);
});

for (const type of (Object.keys(remoteTypes) as RemoteTypeName[]).filter((name) => name !== 'local')) {
  test(`the cookbook's Secrets for a remote of type ${type} have only keys that the fetch uses`, async () => {
    const secrets = await Promise.all(creations(section(`\`${type}\``)).map(created));
    assert.ok(secrets.length > 0);
    for (const { data = {} } of secrets) {
      assert.ok(Object.keys(data).length > 0);
      for (const key of Object.keys(data)) assert.ok(remoteType(type).credentials.includes(key), key);
    }
  });
}

test('the ConfigMap of a private CA has the key that the values beside it name', async () => {
  const [command = ''] = creations(section('A private CA'));
  const values = parse(yamlOf(section('A private CA'), '# values.yaml')[0] ?? '');
  const { metadata, data } = await created(command);
  const { configMap, key } = values.config.fetcher.caBundle;
  assert.equal(metadata?.name, configMap);
  assert.deepEqual(Object.keys(data ?? {}), [key]);
});

test('the chart takes every values.yaml of the pages, and renders what it asks for', async () => {
  const all = [...yamlOf(cookbook, '# values.yaml'), ...yamlOf(installation, '# values.yaml')];
  assert.equal(all.length, 13);
  for (const text of all) {
    const values = parse(text);
    const rendered = parse(only(await render(values), 'ConfigMap').data['config.yaml']);
    for (const [name, wanted] of Object.entries(values.config ?? {})) assert.deepEqual(rendered[name], wanted);
  }
});

test('the StorageClass of the installation is taken by the API server', async () => {
  const [text = '', ...more] = yamlOf(installation, 'apiVersion:');
  assert.deepEqual(more, []);
  await api.controlPlane.kubectl(['create', '--dry-run=server', '-f', '-'], { input: text, check: true });
});

test('a namespace is opted in and out by the commands of the installation', async () => {
  const commands = blocks(installation, 'sh').flatMap((block) => block.split('\n'));
  const find = (beginning: string) =>
    commands
      .find((line) => line.startsWith(beginning))
      ?.split(' ')
      .slice(1) ?? [];
  const label = async () =>
    (await api.core.readNamespace({ name: namespace })).metadata?.labels?.['dvc.io/dataset-injection'];
  await api.controlPlane.kubectl(find('kubectl label namespaces -l'), { check: true });
  assert.equal(await label(), undefined);
  const optIn = find('kubectl label namespace my-team').map((word) => (word === 'my-team' ? namespace : word));
  await api.controlPlane.kubectl(optIn, { check: true });
  assert.equal(await label(), 'enabled');
});

test('the pipe that verifies a dataset sets the switch in the init container alone, and the webhook lets it be', async () => {
  const [command = ''] = blocks(section('Verify a dataset'), 'sh');
  const setEnv = /\| kubectl (set env .*?) \\\n/.exec(command)?.[1]?.split(' ') ?? [];
  const { text } = await injectOffline(yamlOf(cookbook, 'apiVersion: v1\nkind: Pod')[0], namespace);
  const changed = await api.controlPlane.kubectl(setEnv, { input: text, check: true });
  const args = ['create', '-n', namespace, '-o', 'json', '-f', '-'];
  const { stdout } = await api.controlPlane.kubectl(args, { input: changed.stdout, check: true });
  const { initContainers, containers } = JSON.parse(stdout).spec;
  const verify = ({ env }: { env?: { name: string; value: string }[] }) =>
    env?.find(({ name }) => name === 'DVC_INJECTOR_VERIFY')?.value;
  assert.deepEqual(initContainers.map(verify), ['true']);
  assert.deepEqual(containers.map(verify), [undefined]);
});
