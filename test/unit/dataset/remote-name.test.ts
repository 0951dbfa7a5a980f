/** What can be the name of a DVC remote: whatever `dvc remote add` takes and no configuration, shell or Kubernetes reads otherwise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRemoteName } from '../../../src/dataset/remote-name.ts';

test('names of real repositories are names', () => {
  for (const name of ['storage', 'My-Remote_1', 's3.eu', 'team/images', 'größe', 'two words', 'x'.repeat(200)])
    assert.ok(isRemoteName(name), name);
});

test('nothing, what ends a section, begins a comment, is expanded or breaks a line is none', () => {
  for (const name of [
    '',
    ' a',
    'a ',
    'a"b',
    "a'b",
    'a]',
    '[a',
    'a#b',
    '$(A)',
    '%(a)s',
    'a\\b',
    'a\nb',
    'a\u0085b',
    'a\0',
  ])
    assert.ok(!isRemoteName(name), JSON.stringify(name));
  assert.ok(!isRemoteName('x'.repeat(201)));
});
