/** Which repositories a glob of the configuration means, and which remote of the admin's a repository gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesRepository, remoteOfAdmin } from '../../../src/admission/repository-globs.ts';
import { parseConfig } from '../../../src/config/load.ts';

test('** is everything, and * stays within a segment', () => {
  const url = 'https://git.example.com/ml/images';
  for (const glob of ['**', url, 'https://git.example.com/**', 'https://git.example.com/*/images', '*://**'])
    assert.ok(matchesRepository(url, glob), glob);
  for (const glob of ['https://git.example.com/*', 'ssh://**', 'https://git.example.com/ml'])
    assert.ok(!matchesRepository(url, glob), glob);
});

test('the first remote whose glob matches is the one, and without a match there is none', () => {
  const config = parseConfig(`repositories:
  remotes:
    - { repository: 'https://git.example.com/ml/images', url: s3://images }
    - { repository: 'https://git.example.com/ml/**', url: s3://other, region: eu-west-1 }
`);
  const urlOf = (canonical: string) => remoteOfAdmin(canonical, config)?.url ?? null;
  assert.equal(urlOf('https://git.example.com/ml/images'), 's3://images');
  assert.equal(urlOf('https://git.example.com/ml/texts'), 's3://other');
  assert.equal(urlOf('ssh://git@git.example.com/ml/images'), null);
});
