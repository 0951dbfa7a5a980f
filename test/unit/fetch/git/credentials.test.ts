/** Which server a git Secret is for, where it says so by its key `host`. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseRepository } from '../../../../src/dataset/repository.ts';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { gitCredentials } from '../../../../src/fetch/git/credentials.ts';
import { mountSecret } from '../../../support/fetch/secret.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-git-secret-'));
});
after(() => rmSync(folder, { recursive: true }));

async function credentialsFor(url: string, host: string) {
  const secret = mountSecret(folder, { username: 'robot', password: 'a password', host, 'ssh-publickey': 'x' });
  const scratch = mkdtempSync(join(folder, 'scratch-'));
  return await gitCredentials(parseRepository(url, ['https', 'http', 'ssh', 'file']), secret, scratch);
}

test('the credentials are given to that server, however it is written, and what else is in the Secret is named', async () => {
  for (const [url, host] of [
    ['https://git.example.com/ml/images', 'git.example.com\n'],
    ['https://Git.Example.com:8443/ml/images', 'GIT.example.com'],
    ['https://git.example.com:8443/ml/images', 'git.example.com:8443'],
    ['https://git.example.com/ml/images', 'git.example.com:443'],
    ['https://[::1]/ml/images', '[::1]'],
  ] as const) {
    const { secrets, unused } = await credentialsFor(url, host);
    assert.deepEqual(secrets, ['a password'], url);
    assert.deepEqual(unused, ['ssh-publickey']);
  }
});

test('another server ends with 78 and names both, and so do ssh and what is no name of a server', async () => {
  for (const [url, host, sentence] of [
    ['https://evil.example.com/x', 'git.example.com', /is for git\.example\.com alone.* is at evil\.example\.com:/],
    ['https://git.example.com.evil.example.com/x', 'git.example.com', /alone/],
    ['https://git.example.com:444/x', 'git.example.com:443', /alone/],
    ['git@evil.example.com:x', 'git.example.com', /alone/],
    ['ssh://git@git.example.com:2222/x', 'git.example.com:22', /alone/],
    ['https://git.example.com/x', 'https://git.example.com', /^host of the git Secret is no name of a server/],
    ['https://git.example.com/x', '', /^host of the git Secret is no name of a server/],
    ['https://git.example.com/x', '*', /^host of the git Secret is no name of a server/],
  ] as const) {
    await assert.rejects(
      credentialsFor(url, host),
      (error) => error instanceof FetchFailure && error.exit === 'configuration' && sentence.test(error.message),
      url,
    );
  }
});

test('a folder asks nobody in, whatever the Secret says', async () => {
  assert.deepEqual((await credentialsFor('file:///srv/x', 'git.example.com')).secrets, []);
});
