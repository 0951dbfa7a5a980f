/** What is taken of a person's own machine, and what is not. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findOwnLogins } from '../../../src/check/own-logins.ts';

test('of the git configuration the credential helpers; of ~/.aws where it is; of ~/.ssh a key with known hosts', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'dvc-injector-home-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const git = [
    '[credential "https://git.example.com"]',
    '\thelper = !echo \\"x\\"',
    '[url "https://evil.example.com/"]',
  ];
  writeFileSync(join(home, '.gitconfig'), `${[...git, '\tinsteadOf = https://git.example.com/'].join('\n')}\n`);
  for (const folder of ['.aws', '.ssh']) mkdirSync(join(home, folder));
  writeFileSync(join(home, '.aws', 'credentials'), '');
  const key = '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n';
  writeFileSync(join(home, '.ssh', 'id_rsa'), key);
  const signal = new AbortController().signal;
  const environment = { PATH: process.env.PATH, HOME: home, AWS_PROFILE: 'team' };
  assert.deepEqual((await findOwnLogins(environment, signal)).environment, {}, 'no known hosts, no key');
  writeFileSync(join(home, '.ssh', 'known_hosts'), 'host ssh-rsa AAAA\n');

  const { own, environment: added, secrets } = await findOwnLogins(environment, signal);
  assert.match(own.git.config, /\[credential "https:\/\/git\.example\.com"\]\n\thelper = "!echo \\"x\\""\n/);
  assert.doesNotMatch(own.git.config, /insteadOf|evil/);
  assert.deepEqual(added, { 'ssh-privatekey': key, known_hosts: 'host ssh-rsa AAAA\n' });
  assert.deepEqual(secrets, [key]);
  assert.equal(own.dvc.AWS_PROFILE, 'team');
  assert.deepEqual(own.sourcesFor('s3'), [`the user's own ${join(home, '.aws', 'credentials')}`]);
  assert.deepEqual(own.sourcesFor('ssh'), [`the user's own ${join(home, '.ssh')}`]);
  assert.deepEqual(own.sourcesFor('https'), []);
});
