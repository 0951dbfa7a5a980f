/** Whose disk is full: git says it in the same words of ours and of the server's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRules, parseReference } from '../../../../src/dataset/reference.ts';
import { gitFailure } from '../../../../src/fetch/git/failures.ts';

const { repository, revision } = parseReference(`https://git.example.com/r@${'a'.repeat(40)}:train`, {
  ...defaultRules,
  aliases: {},
});

test('a pack that found no room is a full scratch, though git has removed it again', () => {
  const stderr = 'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output\n';
  const { exit, message } = gitFailure(stderr, repository, revision);
  assert.deepEqual([exit, message.slice(0, 19)], ['io', 'the scratch is full']);
  assert.equal(gitFailure('error: cannot write: Disk quota exceeded', repository, revision).exit, 'io');
});

test("a server whose own disk is full is not the pod's scratch", () => {
  const stderr = 'remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly\n';
  assert.equal(gitFailure(stderr, repository, revision).exit, 'unreachable');
});
