/** Annotations without a pod are judged in the webhook's words, as far as no container has a say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeAnnotations } from '../../../src/admission/judge-annotations.ts';
import { defaultConfig } from '../../../src/config/load.ts';

const reference = `https://git.example.com/ml/images@${'0123456789abcdef0123456789abcdef01234567'}:train`;
const judge = (annotations: Record<string, unknown>) => judgeAnnotations(annotations, defaultConfig());

test('right ones are neither denied nor warned about, whichever containers they name', () => {
  const annotations = { 'dvc.io/dataset': reference, 'dvc.io/containers': 'trainer', 'example.com/x': 'y' };
  assert.deepEqual(judge(annotations), { denial: null, warnings: [] });
});

test('a doubtful path is warned about', () => {
  const { warnings } = judge({ 'dvc.io/dataset': reference.replace(':train', ':data-split/train') });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /if you mean data-split\/train, write :train$/);
});

test('a mistake is denied in one line', () => {
  for (const [annotations, sentence] of [
    [{ 'dvc.io/dataset': 'images' }, /^dvc-injector: annotation dvc\.io\/dataset: /],
    [{ 'dvc.io/dataset': reference, 'dvc.io/cpu': 2 }, /^dvc-injector: the pod can't be read: .*must be text/],
    [
      { 'dvc.io/dataset': reference, 'dvc.io/dataset.b': reference },
      /^dvc-injector: the mount paths \/mnt .* \/mnt\/b /,
    ],
    [{ 'dvc.io/dataset': reference, note: 'x'.repeat(256 * 1024) }, /^dvc-injector: the pod's annotations hold /],
  ] as [Record<string, unknown>, RegExp][]) {
    assert.match(judge(annotations).denial ?? '', sentence);
  }
});
