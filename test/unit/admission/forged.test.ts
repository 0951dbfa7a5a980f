/** A pod that looks injected, or that reaches for what only the init container may touch: none is believed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decisionOn,
  denialOf,
  fetcherOf,
  images,
  injected,
  injectionOf,
  podWith,
  type TestContainer,
  type TestPod,
} from '../../support/admission/pods.ts';

/** An injected pod whose init container was changed. */
function forged(change: (fetcher: TestContainer) => void, config = ''): TestPod {
  const pod = injected(podWith(), config);
  change(fetcherOf(pod));
  return pod;
}

function setVariable(name: string, value: string | undefined): (fetcher: TestContainer) => void {
  return ({ env = [] }) => {
    const variable = env.find((each) => each.name === name);
    if (variable) Object.assign(variable, { value });
    else env.push({ name, ...(value === undefined ? {} : { value }) });
  };
}

describe('an init container with the right key, but other rights than ours,', () => {
  const context = (fetcher: TestContainer) => fetcher.securityContext as Record<string, unknown>;
  const forgeries: Record<string, [named: string, (fetcher: TestContainer) => void]> = {
    'is privileged': ['securityContext.privileged', (each) => Object.assign(context(each), { privileged: true })],
    'is root': ['securityContext.runAsUser', (each) => Object.assign(context(each), { runAsUser: 0 })],
    'has a capability': [
      'securityContext.capabilities',
      (each) => Object.assign(context(each), { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    ],
    'sees all of /proc': [
      'securityContext.procMount',
      (each) => Object.assign(context(each), { procMount: 'Unmasked' }),
    ],
    'has no security context': ['securityContext.allowPrivilegeEscalation', (each) => delete each.securityContext],
    'runs a command of its own': ['command', (each) => Object.assign(each, { command: ['sh', '-c', 'id'] })],
    'runs the image as it is': ['command', (each) => delete each.command],
    'is given arguments': ['args', (each) => Object.assign(each, { args: ['--allow-scheme', 'file'] })],
    'stays as a sidecar': ['restartPolicy', (each) => Object.assign(each, { restartPolicy: 'Always' })],
    'may ask other endpoints': [
      'variable DVC_INJECTOR_ALLOW_ENDPOINT',
      setVariable('DVC_INJECTOR_ALLOW_ENDPOINT', '*'),
    ],
    'has a remote that no admin gave': [
      'variable DVC_INJECTOR_FALLBACK_REMOTE',
      setVariable('DVC_INJECTOR_FALLBACK_REMOTE', 'https://metadata.example.com/x'),
    ],
    'asks for another remote than the pod': ['variable DVC_INJECTOR_REMOTE', setVariable('DVC_INJECTOR_REMOTE', 'x')],
    'may use other schemes': ['variable DVC_INJECTOR_ALLOW_SCHEME', setVariable('DVC_INJECTOR_ALLOW_SCHEME', 'file')],
    'fetches another dataset': [
      'variable DVC_INJECTOR_DATASET',
      setVariable('DVC_INJECTOR_DATASET', images.replace('train', 'val')),
    ],
    'hides what it fetches': ['variable DVC_INJECTOR_DATASET', setVariable('DVC_INJECTOR_DATASET', undefined)],
    'takes its allow-list from elsewhere': [
      'variable DVC_INJECTOR_ALLOW_ENDPOINT',
      ({ env = [] }) => {
        const allowed = env.find(({ name }) => name === 'DVC_INJECTOR_ALLOW_ENDPOINT');
        delete allowed?.value;
        Object.assign(allowed ?? {}, { valueFrom: { secretKeyRef: { name: 's', key: 'k' } } });
      },
    ],
    'trusts another authority': ['variable DVC_INJECTOR_CA_BUNDLE', setVariable('DVC_INJECTOR_CA_BUNDLE', '/mnt/ca')],
    'is given code by a variable': [
      'variable NODE_OPTIONS',
      setVariable('NODE_OPTIONS', '--import=data:text/javascript,x'),
    ],
    'is given another PATH': ['variable PATH', setVariable('PATH', '/mnt/evil')],
    'is given variables of a ConfigMap': [
      'envFrom',
      (each) => Object.assign(each, { envFrom: [{ configMapRef: { name: 'c' } }] }),
    ],
    'has other files where its program is': [
      'mount at /app/dist',
      (each) => each.volumeMounts?.push({ name: 'work', mountPath: '/app/dist' }),
    ],
    'would find the token of the ServiceAccount': [
      'mount at /var/run/secrets/kubernetes.io/serviceaccount',
      (each) => {
        each.volumeMounts = (each.volumeMounts ?? []).filter(({ name }) => name !== 'dvc-no-token');
      },
    ],
    'says a variable again, of which the last counts': [
      'variable DVC_INJECTOR_ALLOW_ENDPOINT',
      ({ env }) => env?.push({ name: 'DVC_INJECTOR_ALLOW_ENDPOINT', value: '*' }),
    ],
  };
  for (const [what, [named, change]] of Object.entries(forgeries)) {
    it(`${what}: is refused by that`, () => {
      const { reason, message } = denialOf(forged(change));
      assert.equal(reason, 'name-conflict');
      assert.ok(message.includes(`its ${named} is not what dvc-injector gives; remove that init container`), message);
    });
  }

  it('is ours where only size, image, position and labels of a cluster differ', () => {
    const pod = forged((fetcher) => {
      fetcher.image = 'mirror.example.com/dvc-injector-fetcher:1';
      fetcher.resources = {};
      Object.assign(context(fetcher), { privileged: false, procMount: 'Default', seLinuxOptions: { level: 's0' } });
      setVariable('DVC_INJECTOR_SCRATCH_LIMIT', '1Gi')(fetcher);
      setVariable('DVC_INJECTOR_VERIFY', 'true')(fetcher);
      setVariable('DVC_INJECTOR_DATASET', images.replace('/images@', '/images.git@'))(fetcher);
    });
    assert.equal(decisionOn(pod).kind, 'unchanged');
  });

  it('is ours where a cluster drops more, or its webhooks add tokens, proxies and certificates', () => {
    const pod = forged((fetcher) => {
      Object.assign(context(fetcher), {
        capabilities: { drop: ['ALL', 'MKNOD'] },
        seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' },
        windowsOptions: {},
      });
      setVariable('HTTPS_PROXY', 'http://proxy:3128')(fetcher);
      fetcher.volumeMounts?.push({ name: 'token', mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount' });
      fetcher.volumeMounts?.push({ name: 'ca', mountPath: '/etc/ssl/certs' });
    });
    assert.equal(decisionOn(pod).kind, 'unchanged');
  });

  it('is ours where the admin has allowed more since, and not where less', () => {
    const [wide, narrow] = ['remotes: {endpoints: [https://a, https://b]}', 'remotes: {endpoints: [https://a]}'];
    assert.equal(decisionOn(injected(podWith(), narrow), wide).kind, 'unchanged');
    assert.match(denialOf(injected(podWith(), wide), narrow).message, /variable DVC_INJECTOR_ALLOW_ENDPOINT is not/);
    assert.equal(decisionOn(injected(podWith()), 'fetcher: {runAsUser: 1000}').kind, 'unchanged');
  });

  it("is ours where it was made before the admin gave a remote, and not with another remote than today's", () => {
    const remoteIn = (bucket: string) => `repositories: { remotes: [{ repository: '**', url: 's3://${bucket}' }] }`;
    assert.equal(decisionOn(injected(podWith()), remoteIn('today')).kind, 'unchanged');
    assert.equal(decisionOn(injected(podWith(), remoteIn('today')), remoteIn('today')).kind, 'unchanged');
    for (const later of [remoteIn('today'), '']) {
      const { message } = denialOf(injected(podWith(), remoteIn('yesterday')), later);
      assert.match(message, /variable DVC_INJECTOR_FALLBACK_REMOTE is not/);
    }
  });

  it('is ours as the API server stores it, without the values that are empty', () => {
    const pod = forged(({ env = [] }) => {
      for (const variable of env) if (variable.value === '') delete variable.value;
    });
    assert.equal(decisionOn(pod).kind, 'unchanged');
  });

  it('is ours where an earlier version set fewer variables', () => {
    const pod = forged((fetcher) => {
      fetcher.env = fetcher.env?.filter(({ name }) => name === 'DVC_INJECTOR_KEY') ?? [];
    });
    assert.equal(decisionOn(pod).kind, 'unchanged');
  });

  it('is ours where the configuration leaves the user open and the cluster chose one', () => {
    const config = 'fetcher: {runAsUser: null, runAsGroup: null}';
    const pod = forged((fetcher) => Object.assign(context(fetcher), { runAsUser: 1000660000 }), config);
    assert.equal(decisionOn(pod, config).kind, 'unchanged');
  });
});

describe('a container that mounts a volume of our names', () => {
  for (const name of ['dvc-dataset', 'dvc-scratch', 'dvc-no-token', 'dvc-ca', 'dvc-git', 'dvc-remote']) {
    it(`would be given ${name}, and is refused`, () => {
      for (const list of ['containers', 'initContainers']) {
        const reaching = { name: 'reaching', volumeMounts: [{ name, mountPath: '/x' }] };
        const pod = podWith({}, { containers: [{ name: 'train' }] });
        pod.spec[list] = [...((pod.spec[list] as TestContainer[] | undefined) ?? []), reaching];
        const { reason, message } = denialOf(pod);
        assert.equal(reason, 'name-conflict');
        assert.ok(message.includes(`container reaching mounts volume ${name}, which has a name`), message);
      }
    });
  }

  it('of a pod that is injected is refused for all but the dataset', () => {
    for (const name of ['dvc-scratch', 'dvc-no-token', 'dvc-git', 'dvc-remote']) {
      const pod = injected(podWith());
      pod.spec.containers[0]?.volumeMounts?.push({ name, mountPath: '/x' });
      assert.match(denialOf(pod).message, new RegExp(`container train mounts volume ${name}, which has a name`));
    }
  });

  it('that is a volume of the claim of its own may do so, and is warned where it can write', () => {
    const volumes = [{ name: 'dvc-dataset', persistentVolumeClaim: { claimName: 'data-sharing-pvc' } }];
    const mount = { name: 'dvc-dataset', mountPath: '/all' };
    const initContainers = [{ name: 'prepare', volumeMounts: [mount] }];
    const { warnings } = injectionOf(podWith({}, { volumes, initContainers }));
    assert.match(warnings.join('|'), /^container prepare mounts the shared claim's volume dvc-dataset writable [^|]*$/);
  });

  it('of a hundred is warned about in six lines', () => {
    const volumes = [{ name: 'shared', persistentVolumeClaim: { claimName: 'data-sharing-pvc' } }];
    const containers = Array.from({ length: 100 }, (_, index) => ({
      name: `c${index}`,
      volumeMounts: [{ name: 'shared', mountPath: '/all' }],
    }));
    const { warnings } = injectionOf(podWith({ containers: 'c0' }, { volumes, containers }));
    assert.equal(warnings.length, 6);
    assert.equal(warnings.at(-1), "95 more containers mount the shared claim's volume shared writable");
  });
});

describe('an injected pod to which a mount was added behind us', () => {
  it('at or below the dataset is refused, as its container could not start', () => {
    for (const mountPath of ['/mnt', '/mnt/data/cache']) {
      const pod = injected(podWith({}, { volumes: [{ name: 'cache', emptyDir: {} }] }));
      pod.spec.containers[0]?.volumeMounts?.push({ name: 'cache', mountPath });
      const { reason, message } = denialOf(pod);
      assert.equal(reason, 'mount-conflict');
      assert.ok(message.includes(`mounts volume cache at ${mountPath}, which collides with`), message);
    }
  });

  it('elsewhere, or in a container without the dataset, is left alone', () => {
    const pod = injected(podWith({}, { volumes: [{ name: 'cache', emptyDir: {} }] }));
    pod.spec.containers[0]?.volumeMounts?.push({ name: 'cache', mountPath: '/cache' });
    pod.spec.containers.push({ name: 'side', volumeMounts: [{ name: 'cache', mountPath: '/mnt/x' }] });
    assert.equal(decisionOn(pod).kind, 'unchanged');
  });
});
