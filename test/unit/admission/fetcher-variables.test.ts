/** What the webhook tells the fetch by its container's variables is what the fetch reads: the names are held by types, what they mean by this. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FetchOptions, fetchOptions, readOptions } from '../../../src/fetch/options.ts';
import { fetcherOf, images, imagesKey, injected, podWith, sha } from '../../support/admission/pods.ts';

type Variables = Record<string, string>;

/** The variables of the init container of a pod with these annotations. */
function variablesOf(annotations: Variables = {}, config = ''): Variables {
  const { env = [] } = fetcherOf(injected(podWith(annotations), config));
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
}

/** As the fetch reads them; the reference in the words of a person. */
function optionsOf(variables: Variables) {
  const { reference, ...options }: FetchOptions = readOptions([], variables);
  const { repository, revision, split } = reference;
  return { ...options, reference: `${repository.canonical}@${revision}:${split}` };
}

const everything = `
repositories:
  schemes: [https, ssh, http, file]
  allowed: ['**']
  remotes: [{ repository: '**', url: 's3://datasets/x', region: eu-west-1, endpoint: 'https://minio.example.com' }]
remotes: { endpoints: ['https://minio.example.com:9000', git.example.com] }
fetcher:
  waitTimeout: 90m
  caBundle: { configMap: authorities, key: ca.pem }
`;

test('every option is what the annotations and the configuration say', () => {
  const annotations = { 'data-dir': 'ml/data', 'split-dir': 'ml/lists', remote: 'eu mirror', scratch: '3Gi' };
  const { key, ...options } = optionsOf(variablesOf(annotations, everything));
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.deepEqual(options, {
    reference: images,
    directories: { dataDir: 'ml/data', splitDir: 'ml/lists' },
    volume: '/mnt',
    scratch: '/scratch',
    scratchLimit: 3 * 2 ** 30,
    jobs: 64,
    gitSecretDir: '/var/run/secrets/dvc.io/git',
    remoteSecretDir: '/var/run/secrets/dvc.io/remote',
    schemes: ['https', 'ssh', 'http', 'file'],
    endpoints: ['https://minio.example.com:9000', 'git.example.com'],
    remote: 'eu mirror',
    fallback: { url: 's3://datasets/x', region: 'eu-west-1', endpoint: 'https://minio.example.com' },
    caBundle: '/var/run/secrets/dvc.io/ca/ca.pem',
    waitSeconds: 90 * 60,
    verify: false,
  });
});

test('where nothing is said every option is the default of the configuration', () => {
  const { key, directories, schemes, endpoints, remote, fallback, caBundle, waitSeconds } = optionsOf(variablesOf());
  assert.deepEqual(
    { key, directories, schemes, endpoints, remote, fallback, caBundle, waitSeconds },
    {
      key: imagesKey,
      directories: { dataDir: 'data', splitDir: 'data-split' },
      schemes: ['https', 'ssh'],
      endpoints: [],
      remote: null,
      fallback: null,
      caBundle: null,
      waitSeconds: 6 * 3600,
    },
  );
});

test('each of our variables is one that the fetch reads, and each that it reads is set but for what only a person says', () => {
  const read = new Set<string>(Object.values(fetchOptions).map(({ env }) => env));
  const ours = Object.keys(variablesOf({}, everything)).filter((name) => name.startsWith('DVC_INJECTOR_'));
  assert.deepEqual(
    ours.filter((name) => !read.has(name)),
    ['DVC_INJECTOR_KEY'],
  );
  assert.deepEqual(
    [...read].filter((name) => !ours.includes(name)),
    ['DVC_INJECTOR_JOBS', 'DVC_INJECTOR_VERIFY'],
  );
});

test('the key that the webhook gives is looked at', () => {
  const variables = variablesOf();
  const other = { ...variables, DVC_INJECTOR_DATASET: images.replace(sha, sha.replace('0', 'f')) };
  assert.throws(() => readOptions([], other), /the webhook injected the key/);
});
