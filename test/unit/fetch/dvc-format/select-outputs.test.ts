/** Which outputs a path means: the one that it is or lies in, or all below it; and what DVC would refuse. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byContent } from '../../../../src/fetch/dvc-format/object-naming.ts';
import type { Output, RefusedOutput, TrackedOutput } from '../../../../src/fetch/dvc-format/output.ts';
import { failure } from '../../../support/fetch/failure.ts';
import { startStepCounter } from '../../../support/process/steps.ts';

const counter = startStepCounter();
const { selectOutputs } = await import('../../../../src/fetch/dvc-format/select-outputs.ts');

const output = (path: string, oid: string, source = `${path}.dvc`): TrackedOutput => {
  return { path, source, oid, objectNaming: byContent, remote: null, files: null, bytes: null, pushed: true };
};
const folder = (path: string, source?: string) => output(path, `${'a'.repeat(32)}.dir`, source);
const file = (path: string, source?: string) => output(path, 'b'.repeat(32), source);
const refused = (path: string, why = 'is imported'): RefusedOutput => ({
  path,
  source: `${path}.dvc`,
  why,
  leftOut: false,
});
const leftOut = (path: string): RefusedOutput => ({ ...refused(path, 'is not kept'), leftOut: true });

/** Paths of what is tracked, and behind a bar of what is refused; null where nothing is. */
function select(outputs: readonly Output[], path: string): string | null {
  const selected = selectOutputs(outputs, path);
  if (!selected) return null;
  const names = (each: readonly Output[]) => each.map((one) => one.path).join(' ');
  return `${names(selected.tracked)}|${names(selected.refused)}`;
}

describe('a path means', () => {
  const outputs = [
    folder('data'),
    folder('ml/raw'),
    file('ml/labels.csv'),
    folder('ml/deep/er'),
    file('top.csv'),
    folder('mlx'),
  ];
  const cases: Record<string, [path: string, selected: string | null]> = {
    'the folder that it is': ['data', 'data|'],
    'the folder that it lies in': ['data/a/b', 'data|'],
    'the file that it is': ['ml/labels.csv', 'ml/labels.csv|'],
    'nothing, below a file': ['ml/labels.csv/x', null],
    'all that lies below it, at any depth': ['ml', 'ml/raw ml/labels.csv ml/deep/er|'],
    'the one that lies below it': ['ml/deep', 'ml/deep/er|'],
    'nothing beside all': ['other', null],
    'nothing by half a name': ['dat', null],
    'everything, where it is the repository': ['.', 'data ml/raw ml/labels.csv ml/deep/er top.csv mlx|'],
  };
  for (const [what, [path, selected]] of Object.entries(cases)) {
    test(what, () => assert.equal(select(outputs, path), selected));
  }
  test('nothing in a repository without outputs', () => assert.equal(select([], '.'), null));
});

describe('an output that can not be had', () => {
  test('is told where the path is it, or lies in it', () => {
    for (const path of ['data', 'data/a']) {
      assert.throws(
        () => select([refused('data')], path),
        failure('dataset', /^data \(data\.dvc of the commit\) is imported$/),
      );
    }
  });

  test('below the path is named beside the others, and told where it is the only one', () => {
    assert.equal(select([folder('ml/a'), refused('ml/b')], 'ml'), 'ml/a|ml/b');
    assert.equal(select([folder('ml/a'), refused('ml/b')], 'ml/a'), 'ml/a|');
    assert.throws(() => select([refused('ml/b')], 'ml'), failure('dataset', /^ml\/b /));
  });

  test('and that DVC itself leaves out is missed by nobody, but where it is all there is', () => {
    assert.equal(select([folder('ml/a'), leftOut('ml/scores.json')], 'ml'), 'ml/a|');
    assert.equal(select([folder('ml/a'), leftOut('top.json'), refused('ml/b')], '.'), 'ml/a|ml/b');
    assert.throws(
      () => select([leftOut('ml/scores.json')], 'ml'),
      failure('dataset', /^ml\/scores\.json .* is not kept$/),
    );
    assert.throws(() => select([leftOut('ml/a'), refused('ml/b')], 'ml'), failure('dataset', /^ml\/b /));
    assert.throws(() => select([leftOut('ml')], 'ml/x'), failure('dataset', /^ml .* is not kept$/));
  });
});

describe('outputs that overlap are refused', () => {
  const cases: Record<string, [outputs: Output[], path: string, sentence: RegExp]> = {
    'twice the same': [
      [folder('a', 'x.dvc'), folder('a', 'dvc.lock')],
      'a',
      /^x\.dvc and dvc\.lock .* both track the same path/,
    ],
    'one in another': [
      [folder('a'), file('a/b/c')],
      'a',
      /^a\.dvc and a\/b\/c\.dvc .* both track a\/b\/c, which lies in a,/,
    ],
    'whichever comes first': [[file('a/b'), folder('a')], 'a/b', /^a\.dvc and a\/b\.dvc /],
    'with one that can not be had': [[refused('a'), folder('a/b')], 'a/b', /lies in a,/],
    'with one that is not kept': [[folder('a'), leftOut('a/b')], 'a', /lies in a,/],
    'with others between them': [
      [folder('a'), folder('a-b'), folder('a.b'), folder('a/b')],
      '.',
      /a\/b, which lies in a,/,
    ],
  };
  for (const [what, [outputs, path, sentence]] of Object.entries(cases)) {
    test(what, () => assert.throws(() => select(outputs, path), failure('dataset', sentence)));
  }

  test('but not where the path has nothing to do with them', () => {
    assert.equal(select([folder('a'), folder('a/b'), folder('c')], 'c'), 'c|');
  });

  test('in steps that grow with their number and length', () => {
    const deep = (count: number) =>
      Array.from({ length: count / 100 }, (_, index) => folder(`${index}/${'a/'.repeat(400)}x`));
    const steps = (outputs: readonly Output[]) => counter.count(() => selectOutputs(outputs, '.'));
    steps(deep(100));
    const [once, twice] = [steps(deep(4_000)), steps(deep(8_000))];
    assert.ok(once > 0);
    assert.ok(twice <= 2.2 * once + 5_000, `${once} and ${twice}`);
  });
});
