/** How the command ends when it can't begin. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-command-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const root = join(import.meta.dirname, '../../..');

/** Without any access to a cluster: no kubeconfig, no home, no service account. */
function run(args: string[], environment: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ...environment };
  return spawnSync(process.execPath, ['src/cli.ts', 'webhook', ...args], { cwd: root, env, encoding: 'utf8' });
}

function configured(text: string): string {
  writeFileSync(join(folder, 'config.yaml'), text);
  return join(folder, 'config.yaml');
}

test('an unknown flag or a bad duration: 64, and the usage', () => {
  const unknown = run(['--verbose']);
  assert.equal(unknown.status, 64);
  assert.match(unknown.stderr, /'--verbose'[\s\S]*usage: dvc-injector webhook/);
  assert.equal(run(['--drain', 'soon']).status, 64);
});

test('a key that the configuration does not have: 78, and its path', () => {
  const { status, stderr } = run(['--config', configured('webhook: {prot: 8443}\n')]);
  assert.equal(status, 78);
  assert.match(
    stderr,
    /^dvc-injector webhook: the configuration file .*config\.yaml: webhook\.prot is not a key of the configuration\n$/,
  );
});

test('a configuration file that is not there: 78', () => {
  const { status, stderr } = run(['--config', join(folder, 'none.yaml')]);
  assert.equal(status, 78);
  assert.match(stderr, /none\.yaml can't be read/);
});

test('no cluster anywhere: 78, and how to name one', () => {
  const { status, stderr } = run([]);
  assert.equal(status, 78);
  assert.match(stderr, /^dvc-injector webhook: no Kubernetes cluster is known here: set KUBECONFIG/);
});

test('certificate files that are not there: 78; of repeated flags the last counts', () => {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
      users: [{ name: 'u', user: { token: 'hunter2' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const file = configured(
    'webhook: {port: 0, metricsPort: 0, tls: {mode: provided, certFile: /no/tls.crt, keyFile: /no/tls.key}}\n',
  );
  const { status, stderr } = run(['--config', '/no/such.yaml', '--config', file], { KUBECONFIG: kubeconfig });
  assert.equal(status, 78);
  assert.match(stderr, /webhook\.tls: .*\/no\/tls\.crt/);
});
