/** YAML of strangers: what is in it is what DVC reads, and however it is made, twice of it is twice the work. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failure } from '../../../support/fetch/failure.ts';
import { yamlShapes } from '../../../support/hostile/yaml-shapes.ts';
import { startStepCounter } from '../../../support/process/steps.ts';

const counter = startStepCounter(); // before what it counts in is loaded
const { readYaml, yamlTokenLimit } = await import('../../../../src/fetch/dvc-format/read-yaml.ts');

const read = (text: string) => readYaml(text, 'data.dvc');

test('what DVC and people write is read', () => {
  const text =
    '# ours\nouts:\n- md5: 0123.dir\n  size: 3\n  path: "a b"\nmeta: {who: us, tags: [x, y]}\ntext: |\n  one\n  two\n';
  assert.deepEqual(read(text), {
    outs: [{ md5: '0123.dir', size: 3, path: 'a b' }],
    meta: { who: 'us', tags: ['x', 'y'] },
    text: 'one\ntwo\n',
  });
  assert.deepEqual(read('a: !!binary eA==\nb: !!omap [c: d]\n'), { a: 'eA==', b: [{ c: 'd' }] });
});

test('a key that is twice there is named, and is none where the two lie in different maps', () => {
  assert.throws(() => read('a: 1\nb: 2\na: 3\n'), failure('dataset', /data\.dvc .*the key "a" is there twice/));
  assert.throws(() => read('x: {b: 1, b: 2}\n'), failure('dataset', /the key "b" is there twice/));
  assert.deepEqual(read('x: {b: 1}\ny: {b: 2}\n1: a\n"1": b\n'), { x: { b: 1 }, y: { b: 2 }, 1: 'b' });
});

test('aliases and keys that are maps are refused, whatever a directive says', () => {
  for (const text of ['a: &a []\nb: *a\n', '%YAML 1.1\n---\na: &a {x: 1}\nb: {<<: *a}\n']) {
    assert.throws(() => read(text), failure('dataset', /it has aliases/));
  }
  assert.throws(() => read('? {a: 1}\n: 2\n'), failure('dataset', /a key that is no text or number/));
  assert.deepEqual(read('%YAML 1.1\n---\na: yes\n<<: {b: 1}\n'), { a: 'yes', '<<': { b: 1 } });
});

test('more than the memory allows is refused by its number, before any of it is kept', () => {
  const limit = yamlTokenLimit();
  assert.ok(limit >= 10_000, `${limit}`);
  assert.throws(() => read('- 1\n'.repeat(limit)), failure('dataset', new RegExp(`more than ${limit} tokens`)));
});

describe('twice as much is twice the work', () => {
  for (const [name, shape] of Object.entries(yamlShapes)) {
    test(name, () => {
      const steps = (bytes: number) => {
        const text = shape(bytes);
        return counter.count(() => {
          try {
            read(text);
          } catch (error) {
            assert.ok(failure('dataset', /^data\.dvc of the commit /)(error), String(error));
          }
        });
      };
      const [once, twice] = [steps(20_000), steps(40_000)];
      assert.ok(once > 0, 'something is counted');
      assert.ok(twice <= 2.2 * once + 5_000, `${once} and ${twice}`);
    });
  }
});
