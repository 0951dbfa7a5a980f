/** What of the pod's environment reaches git and DVC: what they need, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dvcEnvironment, gitEnvironment } from '../../../../src/fetch/process/environment.ts';

const home = { home: '/scratch/home', temporary: '/scratch/tmp', emptyFile: '/scratch/empty' };
const pod = {
  PATH: '/bin',
  AWS_ACCESS_KEY_ID: 'id',
  AZURE_STORAGE_KEY: 'key',
  AZURE_CONFIG_DIR: '/home/somebody/.azure',
  GOOGLE_APPLICATION_CREDENTIALS: '/var/run/google.json',
  password: 'of the remote',
  'ssh-privatekey': 'of the remote',
  GIT_SSH_COMMAND: 'sh -c evil',
  PYTHONPATH: '/evil',
  LD_PRELOAD: '/evil.so',
  SSH_AUTH_SOCK: '/agent',
  HTTP_PROXY: 'http://proxy:3128',
  HTTPS_PROXY: 'http://proxy:3128',
  https_proxy: 'http://another:3128',
};

test('git gets no credentials of a cloud or of the remote', () => {
  const env = gitEnvironment(pod, home, null);
  for (const name of Object.keys(env)) assert.doesNotMatch(name, /AWS|AZURE|GOOGLE|password|ssh|GIT_SSH|PYTHON|LD_/);
});

test('DVC gets no credentials before its remote is known', () => {
  const env = dvcEnvironment(pod, home, null, []);
  const others = ['password', 'ssh-privatekey', 'PYTHONPATH', 'LD_PRELOAD', 'SSH_AUTH_SOCK'];
  for (const name of ['AWS_ACCESS_KEY_ID', 'AZURE_STORAGE_KEY', 'GOOGLE_APPLICATION_CREDENTIALS', ...others]) {
    assert.equal(env[name], undefined, name);
  }
});

test('no configuration of whoever runs it is read: it may name commands', () => {
  const named = { ...pod, AWS_CONFIG_FILE: '/evil', AWS_SHARED_CREDENTIALS_FILE: '/evil' };
  const env = dvcEnvironment(named, home, null, []);
  assert.equal(env.AWS_SHARED_CREDENTIALS_FILE, '/scratch/empty');
  assert.equal(env.AZURE_CONFIG_DIR, '/scratch/home');
  assert.equal(env.AWS_CONFIG_FILE, '/scratch/empty');
  assert.equal(env.HOME, '/scratch/home');
});

test('a proxy is given in both letters, as curl reads one only, and what was written in lower case wins', () => {
  for (const env of [gitEnvironment(pod, home, null), dvcEnvironment(pod, home, null, [])]) {
    assert.equal(env.http_proxy, 'http://proxy:3128');
    assert.equal(env.https_proxy, 'http://another:3128');
    assert.equal(env.no_proxy, undefined);
  }
});

test('DVC, which knows no ranges of addresses, is told by NO_PROXY which listed servers lie in one', () => {
  const spared = { ...pod, NO_PROXY: '10.0.0.0/8' };
  assert.equal(dvcEnvironment(spared, home, null, ['http://10.1.2.3:9000', 'http://11.1.2.3']).no_proxy, '10.1.2.3');
  assert.equal(gitEnvironment(spared, home, null).no_proxy, '10.0.0.0/8');
});

test('a bundle of authorities is named for every library that has a variable of its own', () => {
  const env = dvcEnvironment(pod, home, '/scratch/ca.pem', []);
  for (const name of ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'AWS_CA_BUNDLE', 'GIT_SSL_CAINFO']) {
    assert.equal(env[name], '/scratch/ca.pem', name);
  }
});
