/** The manifests of deploy/examples: each is listed, injected as its page says, and nothing that the API server refuses. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { operatorCrds } from '../support/cluster/operator-crds.ts';
import { eventually } from '../support/eventually.ts';
import { injectOffline } from '../support/inject/offline.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';

const folder = join(import.meta.dirname, '../../deploy/examples');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const files = globSync('*.yaml', { cwd: folder }).sort();

/** The init containers that each example's pods get; null where there is no pod that `inject` could know. */
const promised: Record<string, string[] | null> = {
  'cronjob.yaml': ['dvc-fetch'],
  'deployment.yaml': ['dvc-fetch'],
  'job.yaml': ['dvc-fetch'],
  'namespace.yaml': null,
  'pod.yaml': ['dvc-fetch'],
  'pytorchjob.yaml': ['dvc-fetch', 'dvc-fetch'],
  'two-datasets.yaml': ['dvc-fetch-images', 'dvc-fetch-teacher'],
};

let api: ApiTest;
const namespace = 'team-vision';
before(async () => {
  api = await startApiTest();
  await api.serve();
  const { kubectl } = api.controlPlane;
  await kubectl(['create', '-f', '-'], { input: read('namespace.yaml'), check: true });
  for (const crd of operatorCrds) await kubectl(['create', '-f', '-'], { input: stringify(crd), check: true });
  await kubectl(['wait', 'crd', '--all', '--for=condition=Established'], { check: true });
  await eventually('PyTorchJobs are served', async () => (await kubectl(['get', 'pytorchjobs'])).exitCode === 0);
});
after(() => api?.[Symbol.asyncDispose]());

interface Manifest {
  spec?: {
    template?: Manifest;
    jobTemplate?: Manifest;
    pytorchReplicaSpecs?: Record<string, Manifest>;
    initContainers?: { name: string }[];
  };
  template?: Manifest;
}

function fetchersOf(manifest: Manifest): string[] {
  const replicas = manifest.spec?.pytorchReplicaSpecs;
  if (replicas) return Object.values(replicas).flatMap(fetchersOf);
  const inner = manifest.spec?.jobTemplate ?? manifest.spec?.template ?? manifest.template;
  if (inner) return fetchersOf(inner);
  return (manifest.spec?.initContainers ?? []).map(({ name }) => name).sort();
}

test('the page lists every example, and this test knows what each promises', () => {
  const listed = [...read('README.md').matchAll(/^\| \[([^\]]+)\]\(\1\)/gm)].map(([, name]) => name);
  assert.deepEqual(listed.toSorted(), files);
  assert.deepEqual(Object.keys(promised), files);
});

for (const [name, fetchers] of Object.entries(promised)) {
  test(`${name} is injected offline as promised, and the API server takes it`, async () => {
    const { text, stderr } = await injectOffline(read(name), namespace);
    if (fetchers === null) {
      assert.deepEqual(parse(text), parse(read(name)));
      // The namespace is made of its example already.
      return assert.equal(stderr, '');
    }
    assert.equal(stderr, '');
    assert.deepEqual(fetchersOf(parse(text)), fetchers);
    for (const manifest of [read(name), text]) {
      const create = ['create', '--dry-run=server', '-n', namespace, '-f', '-'];
      const { stderr: said } = await api.controlPlane.kubectl(create, { input: manifest, check: true });
      // No volume is made here, so the claim waits.
      assert.deepEqual(
        said.split('\n').filter((line) => line !== '' && !line.includes(' is Pending ')),
        [],
      );
    }
  });
}
