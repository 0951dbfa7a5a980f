/** The decision as a whole, named by the situations that users, controllers and other webhooks bring about. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/admission/decide.ts';
import { reasons } from '../../../src/admission/reasons.ts';
import { type AdmissionRequest, answerReview, MalformedReview, parseReview } from '../../../src/admission/review.ts';
import { defaultConfig, parseConfig } from '../../../src/config/load.ts';
import {
  decisionOn,
  denialOf,
  fetcherOf,
  images,
  imagesKey,
  injected,
  injectionOf,
  podWith,
  requestOf,
  sha,
  type TestPod,
  unprintable,
} from '../../support/admission/pods.ts';

describe('a reference in a pod', () => {
  it('parses as git@host:org/repo and with a port', () => {
    for (const repository of ['git@host:org/repo', 'https://host:8443/o/r']) {
      assert.equal(decisionOn(podWith({ dataset: `${repository}@${sha}:split` })).kind, 'inject');
    }
  });

  it('with a missing or short sha or a branch is denied with an example', () => {
    for (const wrong of ['', '@0123abc', '@main']) {
      const { reason, message } = denialOf(podWith({ dataset: `https://git.example.com/r${wrong}:train` }));
      assert.equal(reason, 'invalid-reference');
      assert.match(message, /https:\/\/git\.example\.com\/ml\/images@[0-9a-f]{40}:train/);
    }
  });

  it('with shell metacharacters, a leading dash or ".." is denied', () => {
    for (const dataset of [
      `https://git.example.com/$(id)@${sha}:train`,
      `-oProxyCommand=id@host:r@${sha}:train`,
      `https://git.example.com/../r@${sha}:train`,
      `https://git.example.com/r@${sha}:a;b`,
      `https://git.example.com/r@${sha}:../../x`,
    ])
      assert.equal(denialOf(podWith({ dataset })).reason, 'invalid-reference', dataset);
  });

  it('never reaches a shell: the command is fixed and all else is environment', () => {
    const fetcher = fetcherOf(injected(podWith()));
    assert.deepStrictEqual([fetcher.command, fetcher.args], [['dvc-injector', 'fetch'], undefined]);
    for (const { value } of fetcher.env ?? []) assert.doesNotMatch(value ?? '', /\$\(/);
  });

  it('with credentials is denied, and they stand nowhere in the answer', () => {
    const decision = decisionOn(podWith({ dataset: `https://bot:hunter2@git.example.com/r@${sha}:train` }));
    assert.equal(decision.reason, 'invalid-reference');
    assert.doesNotMatch(JSON.stringify([decision, answerReview('u', decision)]), /hunter2|bot/);
  });
});

describe('a pod', () => {
  it('with only a generateName is injected', () => {
    const pod = podWith();
    pod.metadata = { ...pod.metadata, ...{ generateName: 'train-' } };
    delete pod.metadata.name;
    assert.equal(decisionOn(pod).kind, 'inject');
  });

  it('without a namespace of its own is in that of the request, and another one is denied', () => {
    assert.equal(decisionOn(podWith()).kind, 'inject');
    const pod = podWith();
    const here = { ...pod, metadata: { ...pod.metadata, namespace: 'research' } };
    assert.equal(decisionOn(here).kind, 'inject');
    const elsewhere = { ...pod, metadata: { ...pod.metadata, namespace: 'production' } };
    assert.equal(denialOf(elsewhere).reason, 'namespace-mismatch');
  });

  it('without volumes, init containers and mounts is given all three', () => {
    const { spec } = injected(podWith());
    assert.equal(spec.volumes?.length, 5);
    assert.equal(spec.initContainers?.length, 1);
    assert.equal(spec.containers[0]?.volumeMounts?.length, 1);
  });

  it('that comes a second time is answered with an empty patch, even with its lists in another order', () => {
    const first = injected(podWith({ 'dataset.more': images, 'mount-path.more': '/more' }));
    const reversed = structuredClone(first);
    reversed.spec.initContainers?.reverse();
    reversed.spec.volumes?.reverse();
    for (const container of [...reversed.spec.containers, ...(reversed.spec.initContainers ?? [])]) {
      container.env?.reverse();
      container.volumeMounts?.reverse();
    }
    for (const pod of [first, reversed]) {
      const decision = decisionOn(pod);
      assert.equal(decision.kind, 'unchanged');
      assert.equal(answerReview('u', decision).response.patch, undefined);
    }
  });

  it('that other webhooks edited after us is still known as injected', () => {
    const pod = injected(podWith());
    const fetcher = fetcherOf(pod);
    fetcher.image = 'mirror.example.com/dvc-injector-fetcher:1';
    fetcher.resources = {};
    fetcher.env?.unshift({ name: 'HTTPS_PROXY', value: 'http://proxy:3128' });
    pod.spec.initContainers?.unshift({ name: 'istio-proxy', restartPolicy: 'Always' });
    pod.spec.initContainers?.push({ name: 'late' });
    pod.spec.containers.push({ name: 'istio-proxy' });
    pod.metadata.annotations = { 'dvc.io/dataset': images };
    delete pod.metadata.labels;
    assert.equal(decisionOn(pod).kind, 'unchanged');
  });

  it('that is updated, or only a subresource of it, is left alone', () => {
    const config = defaultConfig();
    for (const parts of [{ operation: 'UPDATE' }, { subResource: 'status' }, { subResource: 'ephemeralcontainers' }]) {
      assert.deepStrictEqual(decide(requestOf(podWith(), parts), config), {
        kind: 'skip',
        reason: 'not-a-pod-creation',
      });
    }
  });

  it('keeps fields from the future and the restartPolicy of native sidecars', () => {
    const pod = podWith({}, { futureField: { a: [1] }, initContainers: [{ name: 'logs', restartPolicy: 'Always' }] });
    const { spec } = injected(pod);
    assert.deepStrictEqual(spec.futureField, { a: [1] });
    assert.deepStrictEqual(spec.initContainers?.[1], { name: 'logs', restartPolicy: 'Always' });
  });

  it('gets the same patch in a dry run', () => {
    const config = defaultConfig();
    assert.deepStrictEqual(
      decide(requestOf(podWith(), { dryRun: true }), config),
      decide(requestOf(podWith()), config),
    );
  });

  it('for Windows is denied with the reason', () => {
    for (const spec of [{ os: { name: 'windows' } }, { nodeSelector: { 'kubernetes.io/os': 'windows' } }]) {
      assert.equal(denialOf(podWith({}, spec)).reason, 'unsupported-pod');
    }
    assert.equal(decisionOn(podWith({}, { os: { name: 'linux' } })).kind, 'inject');
  });

  it('that owns a name of ours is denied by that name', () => {
    for (const name of ['dvc-dataset', 'dvc-scratch', 'dvc-no-token', 'dvc-ca', 'dvc-git', 'dvc-remote']) {
      const denial = denialOf(podWith({}, { volumes: [{ name, emptyDir: {} }] }));
      assert.equal(denial.reason, 'name-conflict');
      assert.match(denial.message, new RegExp(`volume ${name} `));
    }
    assert.equal(denialOf(podWith({}, { initContainers: [{ name: 'dvc-fetch' }] })).reason, 'name-conflict');
  });

  it('that mounts the claim already has that volume reused, under our name too', () => {
    for (const name of ['shared', 'dvc-dataset']) {
      const claim = { name, persistentVolumeClaim: { claimName: 'data-sharing-pvc' } };
      const { spec } = injected(podWith({}, { volumes: [claim] }));
      assert.deepStrictEqual(
        spec.volumes?.filter((volume) => volume.persistentVolumeClaim),
        [claim],
      );
      assert.equal(spec.containers[0]?.volumeMounts?.[0]?.name, name);
      assert.equal(fetcherOf(injected(podWith({}, { volumes: [claim] }))).volumeMounts?.[0]?.name, name);
    }
  });

  it('never gets its scratch or token mask on the shared claim', () => {
    for (const name of ['dvc-scratch', 'dvc-no-token', 'dvc-ca']) {
      const claim = { name, persistentVolumeClaim: { claimName: 'data-sharing-pvc' } };
      assert.equal(denialOf(podWith({}, { volumes: [claim] })).reason, 'name-conflict');
    }
  });

  it('with a mount at or below /mnt is denied with the way out, and one above is fine', () => {
    const mounting = (mountPath: string) =>
      podWith({}, { containers: [{ name: 'train', volumeMounts: [{ name: 'work', mountPath }] }] });
    for (const path of ['/mnt', '/mnt/', '/mnt/x', '//mnt', '/./mnt', 'mnt', '/a/../mnt/x']) {
      const { reason, message } = denialOf(mounting(path));
      assert.equal(reason, 'mount-conflict', path);
      assert.match(message, /dvc\.io\/mount-path, such as \/dataset$/);
    }
    for (const path of ['/', '/mn', '/mnt2', '/var/mnt']) assert.equal(decisionOn(mounting(path)).kind, 'inject', path);
  });

  it('of classic Istio gets the fetch before istio-init', () => {
    const { spec } = injected(podWith({}, { initContainers: [{ name: 'istio-init' }] }));
    assert.deepStrictEqual(
      spec.initContainers?.map((container) => container.name),
      ['dvc-fetch', 'istio-init'],
    );
  });

  it("gets the fetch first where an init container has a proxy's name but ends, as it is no native sidecar", () => {
    const { spec } = injected(podWith({}, { initContainers: [{ name: 'istio-proxy' }] }));
    assert.equal(spec.initContainers?.[0]?.name, 'dvc-fetch');
  });

  it('of root gets a fetch under another UID, whose files every UID can read', () => {
    const { runAsUser } = fetcherOf(injected(podWith({}, { securityContext: { runAsUser: 0 } }))).securityContext as {
      runAsUser: number;
    };
    assert.equal(runAsUser, 65532);
  });

  it('keeps its scheduling gates', () => {
    const gates = [{ name: 'kueue.x-k8s.io/admission' }];
    assert.deepStrictEqual(injected(podWith({}, { schedulingGates: gates })).spec.schedulingGates, gates);
  });

  it('with GPUs gets a fetch without any', () => {
    const pod = podWith();
    pod.spec.containers = [{ name: 'train', resources: { limits: { 'nvidia.com/gpu': 8, 'rdma/ib': 1 } } }];
    const { requests, limits } = fetcherOf(injected(pod)).resources as Record<string, object>;
    assert.deepStrictEqual(Object.keys(requests ?? {}), ['cpu', 'memory', 'ephemeral-storage']);
    assert.deepStrictEqual(Object.keys(limits ?? {}), ['cpu', 'memory']);
  });

  it('smaller than its init container is warned about once, and a larger one is not', () => {
    const withCpu = (cpu: string) =>
      podWith({}, { containers: [{ name: 'train', resources: { limits: { cpu, memory: '8Gi' } } }] });
    assert.match(injectionOf(withCpu('100m')).warnings.join('|'), /^the init container asks for cpu 1, [^|]*$/);
    assert.deepStrictEqual(injectionOf(withCpu('1')).warnings, []);
  });

  it('with resources of its own is not warned about its size, as those and not its containers count', () => {
    const containers = [{ name: 'train', resources: { requests: { cpu: '100m', memory: '100Mi' } } }];
    const resources = { requests: { cpu: '4', memory: '8Gi' } };
    assert.deepStrictEqual(injectionOf(podWith({}, { containers, resources })).warnings, []);
  });

  it('gets nothing that refers to an owner, so that its deletion takes nothing along', () => {
    assert.doesNotMatch(JSON.stringify(injectionOf(podWith())), /ownerReference/);
  });

  it('that can not be read is denied by the field', () => {
    for (const [pod, field] of [
      [podWith({}, { containers: [] }), 'spec.containers'],
      [podWith({}, { volumes: [null as never] }), 'spec.volumes.0'],
      [podWith({}, { volumes: 'x' as never }), 'spec.volumes'],
      [{ metadata: podWith().metadata }, 'spec'],
      [{ ...podWith(), metadata: { annotations: { 'dvc.io/dataset': 1 } } }, 'metadata.annotations.dvc.io/dataset'],
    ] as const) {
      const denial = denialOf(pod);
      assert.equal(denial.reason, 'malformed-review');
      assert.ok(denial.message.includes(`the pod can't be read: ${field}`), denial.message);
    }
  });

  it('whose annotation is a number says to quote it', () => {
    const { message } = denialOf(podWith({ cpu: 4 as unknown as string }));
    assert.equal(
      message,
      "dvc-injector: the pod can't be read: metadata.annotations.dvc.io/cpu: must be text; put the value in quotes",
    );
  });

  it('that is nested deeper than the stack is high is injected, as nothing recurses into what is not ours', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = level % 2 ? [deep] : { a: deep };
    assert.equal(decisionOn(podWith({}, { deep })).kind, 'inject');
  });
});

describe('the container that gets the dataset', () => {
  const chosen = (containers: TestPod['spec']['containers'], annotations = {}) => {
    const pod = podWith({}, { containers });
    Object.assign(pod.metadata.annotations ?? {}, annotations);
    return injected(pod)
      .spec.containers.filter((container) => container.volumeMounts)
      .map((container) => container.name);
  };
  const gpu = (name: string, amount: unknown, resource = 'nvidia.com/gpu') => ({
    name,
    resources: { limits: { [resource]: amount } },
  });
  const preferring = (name: string) => ({ 'kubectl.kubernetes.io/default-container': name });

  it('is the only one beside a proxy', () => {
    assert.deepStrictEqual(chosen([{ name: 'linkerd-proxy' }, { name: 'x' }]), ['x']);
  });
  it('is the default container before main', () => {
    assert.deepStrictEqual(chosen([{ name: 'main' }, { name: 'x' }], preferring('x')), ['x']);
  });
  it('is main where the default container is a proxy or absent', () => {
    const containers = [{ name: 'x' }, { name: 'main' }, { name: 'istio-proxy' }];
    for (const name of ['istio-proxy', 'nope']) assert.deepStrictEqual(chosen(containers, preferring(name)), ['main']);
  });
  it('is main before the one with a GPU', () => {
    assert.deepStrictEqual(chosen([gpu('g', 1), { name: 'main' }]), ['main']);
  });
  it('is the first one that requests an extended resource', () => {
    assert.deepStrictEqual(chosen([{ name: 'a' }, gpu('g', '1'), gpu('h', 1)]), ['g']);
    assert.deepStrictEqual(chosen([{ name: 'a' }, gpu('n', 1, 'aws.amazon.com/neuron')]), ['n']);
  });
  it('is the one with an accelerator before one with another device', () => {
    const fuse = gpu('s3fs', 1, 'smarter-devices/fuse');
    const network = gpu('sidecar', 1, 'rdma/hca_shared_devices_a');
    const unknown = gpu('odd', 1, 'example.com/thing');
    for (const name of ['nvidia.com/gpu', 'nvidia.com/mig-1g.5gb', 'amd.com/gpu', 'google.com/tpu', 'habana.ai/gaudi'])
      assert.deepStrictEqual(chosen([fuse, network, unknown, gpu('trainer', 1, name)]), ['trainer']);
    assert.deepStrictEqual(chosen([fuse, unknown, { name: 'x' }]), ['odd']);
  });
  it('is the one with a claim of dynamic resource allocation, before one with an unknown device', () => {
    const trainer = { name: 'trainer', resources: { claims: [{ name: 'gpu' }] } };
    assert.deepStrictEqual(chosen([{ name: 'log-shipper' }, gpu('odd', 1, 'example.com/thing'), trainer]), ['trainer']);
    assert.deepStrictEqual(chosen([trainer, gpu('g', 1)]), ['g']);
  });
  it('is none that has no more than what reaches a network or a file system', () => {
    for (const name of [
      'smarter-devices/fuse',
      'rdma/ib',
      'vpc.amazonaws.com/efa',
      'openshift.io/sriov-net',
      'devices.kubevirt.io/kvm',
    ])
      assert.deepStrictEqual(chosen([{ name: 'a' }, gpu('helper', 1, name)]), ['a']);
  });
  it('is the one with a resource that the configuration calls an accelerator', () => {
    const pod = podWith({}, { containers: [gpu('a', 1, 'example.com/thing'), gpu('b', 1, 'example.com/npu-x')] });
    const { spec } = injected(pod, "accelerators: ['example.com/npu-*']");
    assert.deepStrictEqual(
      spec.containers.map(({ volumeMounts }) => volumeMounts !== undefined),
      [false, true],
    );
  });
  it('is none that asks for zero GPUs or only for native resources', () => {
    for (const helper of [
      gpu('g', 0),
      gpu('g', '0'),
      gpu('g', '1Gi', 'hugepages-2Mi'),
      gpu('g', 1, 'x.kubernetes.io/y'),
    ])
      assert.deepStrictEqual(chosen([{ name: 'a' }, helper]), ['a']);
  });
  it('is the only proxy where there is nothing else', () => {
    assert.deepStrictEqual(chosen([{ name: 'istio-proxy' }]), ['istio-proxy']);
  });
  it('can differ from dataset to dataset', () => {
    const pod = podWith(
      { 'dataset.more': images, 'mount-path.more': '/more', containers: 'a', 'containers.more': 'b' },
      { containers: [{ name: 'a' }, { name: 'b' }] },
    );
    const mounts = injected(pod).spec.containers.map((each) => each.volumeMounts?.map((mount) => mount.mountPath));
    assert.deepStrictEqual(mounts, [['/mnt'], ['/more']]);
  });
});

describe('one dataset under two names', () => {
  it('is fetched under each and mounted at both', () => {
    const { spec } = injected(podWith({ 'dataset.again': images, 'mount-path.again': '/again' }));
    assert.deepStrictEqual(
      spec.containers[0]?.volumeMounts?.map((mount) => [mount.mountPath, mount.subPath]),
      [
        ['/mnt', `datasets/${imagesKey}`],
        ['/again', `datasets/${imagesKey}`],
      ],
    );
  });
});

describe('a hostile pod', () => {
  // The API server bounds annotations and names only after the webhooks have seen them, at 3 MiB for the whole pod.
  const soon = { timeout: 5000 };
  const message = (...pod: Parameters<typeof podWith>) => {
    const { reason, message } = denialOf(podWith(...pod));
    assert.equal(reason, 'invalid-annotation');
    assert.ok(message.length <= 2048, `${message.length} characters`);
    return message;
  };
  const named = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `c${index}` }));

  it('with as many slashes in a path as annotations may hold is answered at once', soon, () => {
    assert.match(message({ 'mount-path': `${'/'.repeat(250_000)}a` }), /longer than 1024 characters/);
    assert.match(message({ 'data-dir': `a${'/'.repeat(250_000)}a` }), /longer than 512 characters/);
    assert.match(message({ cpu: '9'.repeat(250_000) }), /must be a quantity/);
  });

  it('with more in its annotations than Kubernetes allows is refused before they are read', soon, () => {
    assert.match(
      message({ 'mount-path': '/'.repeat(1e6) }),
      /annotations hold 1000\d{3} characters, and Kubernetes allows 262144 bytes for all together; remove the largest/,
    );
    // A value of just that size is allowed, in an annotation that is not ours.
    const pod = podWith();
    const room = 256 * 1024 - JSON.stringify(pod.metadata.annotations).length + '{"":""}'.length;
    Object.assign(pod.metadata.annotations ?? {}, { blob: 'x'.repeat(room - 'blob'.length) });
    assert.equal(decisionOn(pod).kind, 'inject');
    Object.assign(pod.metadata.annotations ?? {}, { more: '' });
    assert.equal(denialOf(pod).reason, 'invalid-annotation');
  });

  it('with as many containers and datasets as 3 MiB hold is answered at once, in a sentence', soon, () => {
    const containers = named(100_000);
    const names = containers
      .slice(0, 30_000)
      .map(({ name }) => `x${name}`)
      .join(',');
    assert.match(message({ containers: names }, { containers }), /xc9 and 29990 more; it has c0, .* c9 and 99990 more/);
    assert.match(message({ containers: '*' }, { containers }), /mounted 100000 times in this pod, and at most 1000/);
    const datasets = Array.from({ length: 2000 }, (_, index) => [`dataset.d${index}`, images]);
    assert.match(message(Object.fromEntries(datasets)), /asks for more than 100 datasets/);
  });

  it('may have 100 named datasets and 1000 mounts, and no more', () => {
    const datasets = (count: number) =>
      podWith(
        Object.fromEntries([
          ['dataset.d0', images],
          ...Array.from({ length: count - 1 }, (_, index) => [`dataset.d${index + 1}`, images]),
          ['mount-path', '/elsewhere'],
          ['containers', '*'],
        ]),
        { containers: named(count === 99 ? 10 : 1) },
      );
    // With the unnamed one: 100 datasets in ten containers, 101 in one, and one too many.
    assert.equal(decisionOn(datasets(99)).kind, 'inject');
    assert.equal(decisionOn(datasets(100)).kind, 'inject');
    assert.equal(decisionOn(datasets(101)).reason, 'invalid-annotation');
  });

  it('can not make its patch larger than itself, by what is copied for each dataset', soon, () => {
    const hundred = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`dataset.d${index}`, images]));
    const folder = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
    const identity = (role: string, mount: object = {}) => ({
      name: 'train',
      env: [
        { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${folder}/token` },
        { name: 'AWS_ROLE_ARN', value: role },
      ],
      volumeMounts: [{ name: 'token', mountPath: folder, ...mount }],
    });
    const long = 'a'.repeat(2_900_000);
    const pod = podWith({ ...hundred, 'mount-path': '/first' }, { containers: [identity(long)] });
    const { operations, warnings } = injectionOf(pod);
    assert.ok(JSON.stringify(operations).length < 500_000);
    assert.match(warnings.join('|'), /AWS_ROLE_ARN is longer than 2048 characters; shorten it/);
    const strange = podWith({ ...hundred, 'mount-path': '/first' }, { containers: [identity('r', { future: long })] });
    assert.ok(JSON.stringify(injectionOf(strange).operations).length < 500_000);
    const named = { name: long, persistentVolumeClaim: { claimName: 'data-sharing-pvc' } };
    assert.match(
      denialOf(podWith({}, { volumes: [named] })).message,
      /spec\.volumes\.0\.name: must be a text of at most 63/,
    );
  });

  it('with paths that no kernel takes, or thousands of mounts of ours, is answered at once', soon, () => {
    const mountPath = `/${'a/'.repeat(100_000)}${'x/../'.repeat(50_000)}`;
    const mounts = [{ name: 'train', volumeMounts: [{ name: 'v', mountPath }] }];
    assert.match(
      denialOf(podWith({}, { containers: mounts })).message,
      /mountPath: must be a text of at most 4096 characters/,
    );
    const pod = injected(podWith());
    const [own] = pod.spec.containers[0]?.volumeMounts ?? [];
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      ...own,
      name: 'dvc-dataset',
      mountPath: `/m${index}`,
    }));
    pod.spec.containers[0]?.volumeMounts?.push(...many);
    assert.match(denialOf(pod).message, /mounts its datasets 20001 times, and at most 1000 can be/);
  });

  it('with hundreds of wordings for thousands of containers of one name is answered at once', soon, () => {
    const containers = Array.from({ length: 45_000 }, () => ({ name: 'a' }));
    const wordings = Object.fromEntries(
      Array.from({ length: 99 }, (_, index) => [
        [`dataset.d${index}`, images],
        [`containers.d${index}`, `a${','.repeat(index)}`],
      ]).flat(),
    );
    assert.match(message(wordings, { containers }), /mounted 4500\d times in this pod, and at most 1000/);
  });

  it('with an identity written thousands of times is answered at once, and the last of each counts', soon, () => {
    const name = 'AWS_WEB_IDENTITY_TOKEN_FILE';
    const env = [
      ...Array.from({ length: 30_000 }, () => ({ name, value: '/x/y' })),
      { name, value: '/var/run/secrets/aws/t' },
    ];
    const mount = { name: 'token', mountPath: '/var/run/secrets/aws' };
    const volumeMounts = [...Array.from({ length: 30_000 }, () => ({ name: 'a', mountPath: '/y' })), mount];
    const fetcher = fetcherOf(injected(podWith({}, { containers: [{ name: 'train', env, volumeMounts }] })));
    assert.deepStrictEqual(
      fetcher.env?.filter((variable) => variable.name === name),
      [{ name, value: '/var/run/secrets/aws/t' }],
    );
    assert.deepStrictEqual(fetcher.volumeMounts?.at(-1), { ...mount, readOnly: true });
  });

  it('with our container, but for another key, is refused in one line of bounded length', () => {
    const env = [
      { name: 'DVC_INJECTOR_KEY', value: 'x' },
      { name: 'DVC_INJECTOR_DATASET', value: `evil\n\u001b[31m${'x'.repeat(10_000)}` },
    ];
    const { reason, message } = denialOf(podWith({}, { initContainers: [{ name: 'dvc-fetch', env }] }));
    assert.equal(reason, 'injected-for-another');
    assert.doesNotMatch(message, unprintable);
    assert.ok(message.length < 600);
  });

  it('that mounts the right dataset beside an init container of another one is refused', () => {
    const pod = injected(podWith());
    const key = fetcherOf(pod).env?.find((variable) => variable.name === 'DVC_INJECTOR_KEY');
    if (key) key.value = 'f'.repeat(32);
    assert.equal(denialOf(pod).reason, 'injected-for-another');
  });

  it('whose label and status claim an injection is injected nevertheless', () => {
    const pod = podWith();
    pod.metadata.labels = { 'dvc.io/dataset-key': imagesKey };
    Object.assign(pod.metadata.annotations ?? {}, { 'dvc.io/dataset-status': 'injected' });
    assert.equal(decisionOn(pod).kind, 'inject');
  });

  it('can not widen what the admin allows by a Secret: our own variables are always explicit', () => {
    const names = fetcherOf(injected(podWith())).env?.map((variable) => variable.name) ?? [];
    for (const name of ['DVC_INJECTOR_ALLOW_SCHEME', 'DVC_INJECTOR_ALLOW_ENDPOINT']) assert.ok(names.includes(name));
  });

  it('can not set a variable of ours by the environment that the admin configures', () => {
    const pod = injected(podWith(), 'fetcher: {env: {DVC_INJECTOR_KEY: other, A: b}}');
    const keys = fetcherOf(pod).env?.filter((variable) => variable.name === 'DVC_INJECTOR_KEY');
    assert.deepStrictEqual(keys, [{ name: 'DVC_INJECTOR_KEY', value: imagesKey }]);
  });
});

describe('mutated requests', () => {
  const original = podWith(
    { 'dataset.more': images, 'mount-path.more': '/more', cpu: '2' },
    {
      volumes: [{ name: 'work', emptyDir: {} }],
      initContainers: [
        { name: 'init', env: [{ name: 'A', value: 'b' }], volumeMounts: [{ name: 'work', mountPath: '/w' }] },
      ],
      imagePullSecrets: [{ name: 'registry' }],
      securityContext: { runAsUser: 1000 },
      nodeSelector: { zone: 'a' },
      resources: { limits: { cpu: '4' } },
      hostUsers: true,
      os: { name: 'linux' },
    },
  );
  const replacements = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      undefined,
      0,
      -1,
      '',
      'x',
      true,
      [],
      {},
      [null],
      [[]],
      { name: null },
      Number.MAX_VALUE,
    ),
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
  );
  const mutations = fc.array(fc.tuple(fc.nat(), fc.constantFrom('replace', 'remove', 'double'), replacements), {
    minLength: 1,
    maxLength: 4,
  });

  it('always end in a decision of the closed list, in printable lines, and never in a throw', () => {
    const configs = [
      defaultConfig(),
      parseConfig('fetcher: {runAsUser: null}\nrepositories: {aliases: {a: "https://git.example.com/a"}}'),
    ];
    const seen = new Set<string>();
    fc.assert(
      fc.property(mutations, fc.constantFrom(...configs), fc.boolean(), (edits, config, again) => {
        const request = readable(mutated(reviewOf(again ? injected(original) : original), edits));
        if (!request) return;
        const decision = decide(request, config);
        seen.add(decision.kind);
        assert.equal(reasons[decision.reason].decision, decision.kind);
        const { response } = answerReview('uid', decision);
        assert.equal(response.allowed, decision.kind !== 'deny');
        if (decision.kind === 'deny') assert.doesNotMatch(decision.message, unprintable);
        for (const warning of response.warnings ?? []) {
          assert.doesNotMatch(warning, /[\p{Cc}\p{Zl}\p{Zp}]/u);
          assert.ok(warning.length <= 256);
        }
        assert.ok(JSON.parse(JSON.stringify(response)));
      }),
      { numRuns: 10_000 },
    );
    assert.deepStrictEqual([...seen].sort(), ['deny', 'inject', 'skip', 'unchanged']);
  });

  it('that are patched are left alone the second time', () => {
    const config = defaultConfig();
    fc.assert(
      fc.property(mutations, (edits) => {
        const request = readable(mutated(reviewOf(original), edits));
        if (!request) return;
        const decision = decide(request, config);
        if (decision.kind !== 'inject') return;
        const object = injected(request.object as TestPod);
        assert.equal(decide({ ...request, object }, config).kind, 'unchanged');
      }),
      { numRuns: 1000 },
    );
  });
});

function reviewOf(pod: TestPod): object {
  const { uid, kind, namespace, operation, object } = requestOf(pod);
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid, kind, namespace, operation, object },
  };
}

/** Null where the review itself is refused. */
function readable(review: object): AdmissionRequest | null {
  try {
    return parseReview(review);
  } catch (error) {
    assert.ok(error instanceof MalformedReview, `${error}`);
    return null;
  }
}

/** The document with each edit made at one of its places, by number. */
function mutated(document: object, edits: readonly [number, string, unknown][]): object {
  const copy = structuredClone(document);
  for (const [where, how, replacement] of edits) {
    // Its own copy: the generator hands out one object again and again, and a later edit within it would make a cycle.
    const value = structuredClone(replacement);
    const places = placesOf(copy);
    const place = places[where % places.length];
    if (!place) continue;
    const [parent, key] = place;
    if (how === 'remove') {
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key as keyof typeof parent];
    } else if (how === 'double' && Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
    else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

function placesOf(value: unknown): [object, string][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap((key) => [
    [value, key] as [object, string],
    ...placesOf((value as Record<string, unknown>)[key]),
  ]);
}
