/** What a pipeline left: the records of its last runs, read with what its definition says of each output today. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byContent, byText } from '../../../../src/fetch/dvc-format/object-naming.ts';
import { isTracked, type Output } from '../../../../src/fetch/dvc-format/output.ts';
import { readPipeline, stageDeclaring } from '../../../../src/fetch/dvc-format/pipeline.ts';
import { failure } from '../../../support/fetch/failure.ts';
import { startStepCounter } from '../../../support/process/steps.ts';

const folderOid = `${'1'.repeat(32)}.dir`;
const fileOid = 'b'.repeat(32);

/** A lock of today with these outputs by stage, each of which is a folder. */
function lockOf(stages: Readonly<Record<string, readonly string[]>>): string {
  const recorded = Object.entries(stages).map(
    ([name, paths]) =>
      `  ${name}:\n    cmd: run\n    outs:\n${paths.map((path) => `    - path: ${path}\n      hash: md5\n      md5: ${folderOid}\n`).join('')}`,
  );
  return `schema: '2.0'\nstages:\n${recorded.join('')}`;
}

/** DVC's `${x}` is written `<x>` in here. */
const withVariables = (yaml: string) => yaml.replaceAll('<', '$' + '{').replaceAll('>', '}');

function read(lock: string, yaml: string | null, source = 'dvc.lock') {
  return readPipeline({ source, lock, yaml: yaml === null ? null : withVariables(yaml) });
}

const pathsOf = (outputs: readonly Output[]) => outputs.map(({ path }) => path);
/** By path: whether it is fetched, left out as DVC would, or refused. */
const fates = (outputs: readonly Output[]) =>
  Object.fromEntries(
    outputs.map((each) => [each.path, isTracked(each) ? 'tracked' : each.leftOut ? 'left out' : 'refused']),
  );

describe('a lock is read', () => {
  test('of schema 2.0, with figures and with the hash of DVC 3', () => {
    const lock = [
      "schema: '2.0'",
      'stages:',
      '  prepare:',
      '    cmd: python prepare.py',
      '    deps:',
      '    - path: raw',
      `      md5: ${'9'.repeat(32)}.dir`,
      '    outs:',
      '    - path: prepared',
      '      hash: md5',
      `      md5: ${folderOid}`,
      '      size: 7',
      '      nfiles: 3',
      '    - path: model.bin',
      '      hash: md5',
      `      md5: ${fileOid}`,
      '      size: 2',
      '      isexec: true',
      '',
    ].join('\n');
    const yaml = 'stages:\n  prepare:\n    cmd: x\n    deps: [raw]\n    outs:\n    - prepared\n    - model.bin\n';
    const common = { source: 'ml/dvc.lock', objectNaming: byContent, remote: null, pushed: true };
    assert.deepEqual(read(lock, yaml, 'ml/dvc.lock'), {
      outputs: [
        { ...common, path: 'ml/prepared', oid: folderOid, files: 3, bytes: 7 },
        { ...common, path: 'ml/model.bin', oid: fileOid, files: null, bytes: 2 },
      ],
      unresolved: [],
    });
  });

  test("of DVC 1, in which stages stand at the top, one of them called schema, and objects are named in that version's way", () => {
    const lock = `schema:\n  cmd: x\n  outs:\n  - path: made\n    md5: ${folderOid}\n`;
    const { outputs } = read(lock, 'stages:\n  schema:\n    cmd: x\n    outs: [made]\n');
    assert.deepEqual(
      outputs.map((each) => [each.path, isTracked(each) && each.objectNaming]),
      [['made', byText]],
    );
  });

  for (const [what, lock] of [
    ['that is empty', ''],
    ['without stages', "schema: '2.0'\n"],
    ['with stages that have no outputs', "schema: '2.0'\nstages:\n  a:\n    cmd: x\n"],
  ] as const) {
    test(`${what}: it has no outputs`, () => {
      assert.deepEqual(read(lock, 'stages:\n  a:\n    cmd: x\n    outs: [made]\n'), { outputs: [], unresolved: [] });
    });
  }

  for (const [what, lock] of [
    ['a list', '- a\n'],
    ['a text', 'hello\n'],
    ['stages that are none', "schema: '2.0'\nstages:\n  a: 3\n"],
    ['an output without a path', "schema: '2.0'\nstages:\n  a:\n    outs:\n    - md5: x\n"],
  ] as const) {
    test(`not where it is ${what}`, () => {
      assert.throws(
        () => read(lock, 'stages: {}\n'),
        failure('dataset', /^dvc\.lock of the commit is no record of DVC's/),
      );
    });
  }
});

describe('a definition that is none is told by its name', () => {
  for (const yaml of [
    '- a\n',
    'stages: [a]\n',
    'stages:\n  a:\n    outs: {x: y}\n',
    'stages: {{ cookiecutter.x }}\n',
  ]) {
    test(JSON.stringify(yaml), () => {
      assert.throws(
        () => read(lockOf({ a: ['x'] }), yaml, 'ml/dvc.lock'),
        failure('dataset', /^ml\/dvc\.yaml of the commit/),
      );
    });
  }
});

describe('a record counts only as far as the definition has it', () => {
  const lock = lockOf({ make: ['made', 'old'], gone: ['lost'] });

  test('not where the commit has no dvc.yaml', () => {
    assert.deepEqual(read(lock, null).outputs, []);
    assert.deepEqual(read(lock, '').outputs, []);
  });

  test('not of a stage that is no more, nor an output that the stage has no more', () => {
    assert.deepEqual(pathsOf(read(lock, 'stages:\n  make:\n    outs: [made]\n').outputs), ['made']);
    assert.deepEqual(pathsOf(read(lock, 'stages:\n  make:\n    cmd: x\n').outputs), []);
  });

  test('however the path is written', () => {
    assert.deepEqual(pathsOf(read(lock, 'stages:\n  make:\n    outs: [./made, old/]\n').outputs), ['made', 'old']);
  });
});

describe('where an output is', () => {
  const cases: Record<string, [wdir: string, source: string, path: string, at: string | null]> = {
    'beside its lock': ['.', 'a/b/dvc.lock', 'made', 'a/b/made'],
    'in a folder below': ['sub', 'dvc.lock', 'made', 'sub/made'],
    'in a folder above': ['..', 'a/b/dvc.lock', 'made', 'a/made'],
    'by a path that leads upwards': ['sub', 'dvc.lock', '../made', 'made'],
    'out of the repository: nowhere': ['../..', 'a/dvc.lock', 'made', null],
    'at an absolute path: nowhere': ['.', 'dvc.lock', '/made', null],
    'at a URL: nowhere': ['.', 'dvc.lock', 's3://bucket/made', null],
  };
  for (const [what, [wdir, source, path, at]] of Object.entries(cases)) {
    test(what, () => {
      const yaml = `stages:\n  make:\n    wdir: ${wdir}\n    outs: ['${path}']\n`;
      assert.deepEqual(pathsOf(read(lockOf({ make: [`'${path}'`] }), yaml, source).outputs), at === null ? [] : [at]);
    });
  }
});

describe('what the definition says of an output', () => {
  test('cache, push and remote stand there and not in the lock', () => {
    const yaml =
      'stages:\n  make:\n    outs:\n    - a: {cache: false}\n    - b: {push: false}\n    - c: {remote: other, persist: true}\n    - d:\n';
    const { outputs } = read(lockOf({ make: ['a', 'b', 'c', 'd'] }), yaml);
    assert.deepEqual(fates(outputs), { a: 'left out', b: 'tracked', c: 'tracked', d: 'tracked' });
    assert.deepEqual(
      outputs.map((each) => isTracked(each) && [each.path, each.pushed, each.remote]),
      [false, ['b', false, null], ['c', true, 'other'], ['d', true, null]],
    );
  });

  test('metrics and plots are outputs too, which may be kept or not', () => {
    const yaml =
      'stages:\n  make:\n    outs: [model]\n    metrics:\n    - scores.json: {cache: false}\n    - kept.json\n    plots:\n    - roc.csv: {x: fpr, cache: false}\n    - images\n';
    const { outputs } = read(lockOf({ make: ['model', 'scores.json', 'kept.json', 'roc.csv', 'images'] }), yaml);
    assert.deepEqual(fates(outputs), {
      model: 'tracked',
      'scores.json': 'left out',
      'kept.json': 'tracked',
      'roc.csv': 'left out',
      images: 'tracked',
    });
  });

  test('plots and metrics at the top of dvc.yaml declare nothing', () => {
    const yaml =
      'plots:\n- roc.csv:\n    x: fpr\nmetrics: [m.json]\nvars: [x.yaml]\nstages:\n  make:\n    outs: [model]\n';
    assert.deepEqual(pathsOf(read(lockOf({ make: ['model', 'roc.csv', 'm.json'] }), yaml).outputs), ['model']);
  });

  test('its own name counts more than a variable that could be it', () => {
    const yaml = 'stages:\n  train:\n    outs:\n    - <model>\n    metrics:\n    - scores.json: {cache: false}\n';
    assert.deepEqual(fates(read(lockOf({ train: ['m.pkl', 'scores.json'] }), yaml).outputs), {
      'm.pkl': 'tracked',
      'scores.json': 'left out',
    });
  });

  test('so does the declaration that has more of it', () => {
    const yaml = 'stages:\n  train:\n    outs:\n    - <all>: {cache: false}\n    - models/<name>.pkl\n';
    assert.deepEqual(fates(read(lockOf({ train: ['models/a.pkl', 'log'] }), yaml).outputs), {
      'models/a.pkl': 'tracked',
      log: 'left out',
    });
  });

  test('data is never left out because a variable could be meant by another: then it is refused', () => {
    const yaml = 'stages:\n  train:\n    outs:\n    - <log>: {cache: false}\n    - <model>\n    - <other>\n';
    const { outputs } = read(lockOf({ train: ['m.pkl'] }), yaml);
    assert.deepEqual(fates(outputs), { 'm.pkl': 'refused' });
    const [output] = outputs;
    assert.ok(output && 'why' in output);
    assert.match(output.why, /variables.*: write its path there/);
  });
});

describe('stages by a template', () => {
  test('of a list, a table and a matrix stand below one name', () => {
    const yaml = [
      'stages:',
      '  split:',
      '    foreach: [train, val]',
      '    do:',
      '      cmd: x',
      '      outs:',
      '      - parts/<item>',
      '      - logs/<item>.txt: {cache: false}',
      '  convert:',
      '    foreach: {us: {year: 1}, uk: {year: 2}}',
      '    do:',
      '      outs: ["by-year/< item.year >/<key>.csv"]',
      '  sweep:',
      '    matrix: {size: [s, l], rate: [1, 2]}',
      '    outs: ["models/<item.size>/<item.rate>"]',
      '',
    ].join('\n');
    const lock = lockOf({
      'split@train': ['parts/train', 'logs/train.txt'],
      'split@val': ['parts/val'],
      'convert@us': ['by-year/1/us.csv'],
      'sweep@s-1': ['models/s/1'],
      'sweep@l-2': ['models/l'],
      'gone@x': ['parts/train2'],
    });
    assert.deepEqual(fates(read(lock, yaml).outputs), {
      'parts/train': 'tracked',
      'logs/train.txt': 'left out',
      'parts/val': 'tracked',
      'by-year/1/us.csv': 'tracked',
      'models/s/1': 'tracked',
    });
  });

  test('of items that are none any more have no data: DVC never takes their records away', () => {
    const yaml = [
      'stages:',
      '  list: {foreach: [a, true], do: {cmd: x, outs: ["list/<item>"]}}',
      '  objects: {foreach: [{n: a}], do: {cmd: x, outs: ["objects/<item.n>"]}}',
      '  table: {foreach: {a: 1}, do: {cmd: x, outs: ["table/<key>"]}}',
      '  sweep: {matrix: {size: [s, l], of: [{n: a}]}, outs: ["sweep/<item.size>"]}',
      '  numbers: {foreach: [1.0], do: {cmd: x, outs: ["numbers/<item>"]}}',
      '  variable: {foreach: "<names>", do: {cmd: x, outs: ["variable/<item>"]}}',
      '  plain: {cmd: x, outs: [plain]}',
      '',
    ].join('\n');
    const lock = lockOf({
      'list@a': ['list/a'],
      'list@true': ['list/true'],
      'list@old': ['list/old'],
      list: ['list/none'],
      'objects@0': ['objects/a'],
      'objects@1': ['objects/b'],
      'table@a': ['table/a'],
      'table@b': ['table/b'],
      'sweep@s-of0': ['sweep/s'],
      'sweep@m-of0': ['sweep/m'],
      'numbers@1.0': ['numbers/1.0'],
      'variable@any': ['variable/any'],
      'plain@old': ['plain'],
      plain: ['plain'],
    });
    assert.deepEqual(pathsOf(read(lock, yaml).outputs), [
      'list/a',
      'list/true',
      'objects/a',
      'table/a',
      'sweep/s',
      'numbers/1.0',
      'variable/any',
      'plain',
    ]);
  });

  test('with anchors and aliases, which people write in dvc.yaml, are read; in a lock nobody does', () => {
    const verbatim = (text: string, written: string) => readPipeline({ source: 'dvc.lock', lock: text, yaml: written });
    const yaml = 'stages:\n  one: &s {cmd: x, deps: &d [a], outs: [one]}\n  two: {<<: *s, deps: *d, outs: [two]}\n';
    const lock = lockOf({ one: ['one'], two: ['two'] });
    assert.deepEqual(pathsOf(verbatim(lock, yaml).outputs), ['one', 'two']);
    assert.throws(() => verbatim(`x: &x 1\ny: *x\n${lock}`, yaml), failure('dataset', /dvc\.lock .*it has aliases/));
    const bomb = Array.from({ length: 30 }, (_, i) => `l${i}: &l${i} [${Array(9).fill(i ? `*l${i - 1}` : 'x')}]`);
    assert.throws(() => verbatim(lock, `${bomb.join('\n')}\n${yaml}`), failure('dataset', /dvc\.yaml .*aliases/));
  });

  test('with thousands of outputs are read in one go', () => {
    const outs = Array.from({ length: 4000 }, (_, index) => `out-${index}`);
    const yaml = `stages:\n  one: {cmd: x, outs: [${outs.join(', ')}]}\n`;
    assert.equal(read(lockOf({ one: outs }), yaml).outputs.length, 4000);
  });

  const wdirCases: Record<string, [foreach: string, wdir: string, at: string | null]> = {
    'the item of a list': ['[us, uk]', 'by/<item>', 'by/us/made'],
    'the key of a table': ['{us: x, uk: y}', 'by/< key >', 'by/us/made'],
    'the item of a table': ['{us: america, uk: europe}', 'by/<item>', 'by/america/made'],
    'a number of a table': ['{us: 1}', '<key>/<item>', 'us/1/made'],
    'the item of a table of tables: only DVC knows': ['{us: {a: x}}', 'by/<item.a>', null],
    'the item of what another file lists: only DVC knows': ["'<countries>'", 'by/<item>', null],
    'the key of what another file lists': ["'<countries>'", 'by/<key>', 'by/us/made'],
    'a parameter: only DVC knows': ['[us]', '<folder>', null],
  };
  for (const [what, [foreach, wdir, at]] of Object.entries(wdirCases)) {
    test(`with a wdir by ${what}`, () => {
      const yaml = `stages:\n  split:\n    foreach: ${foreach}\n    do:\n      wdir: '${wdir}'\n      outs: [made]\n`;
      const { outputs, unresolved } = read(lockOf({ 'split@us': ['made'] }), yaml);
      assert.deepEqual(pathsOf(outputs), at === null ? [] : [at]);
      assert.deepEqual(
        unresolved,
        at === null ? ['the stage split@us of dvc.yaml has a wdir that only DVC can resolve'] : [],
      );
    });
  }

  const matching: Record<string, [template: string, path: string, isMeant: boolean]> = {
    'a variable in the middle': ['a/<x>/b', 'a/1/b', true],
    'a variable of several folders': ['a/<x>/b', 'a/1/2/b', true],
    'a beginning and an end that overlap': ['aba<x>aba', 'ababa', false],
    'a beginning and an end that touch': ['aba<x>aba', 'abaaba', true],
    'another beginning': ['a/<x>', 'b/1', false],
    'another end': ['<x>.csv', 'a.json', false],
    'literals in another order': ['<x>b<y>c<z>', 'a-c-b', false],
    'literals in their order': ['<x>b<y>c<z>', 'a-b-c', true],
    'a literal that only the end has': ['<x>/b<y>/b', 'a/b', false],
    'a brace that is never closed': ['a/<x', 'a/1', false],
    'a variable in a variable': ['a/<x.<y>>', 'a/1}', true],
    'no variable': ['a/b', 'a/c', false],
  };
  for (const [what, [template, path, isMeant]] of Object.entries(matching)) {
    test(`${template} means ${path}: ${isMeant} (${what})`, () => {
      const yaml = `stages:\n  make:\n    outs: ['${template}']\n`;
      assert.deepEqual(pathsOf(read(lockOf({ make: [`'${path}'`] }), yaml).outputs), isMeant ? [path] : []);
    });
  }
});

test('a hostile declaration takes steps that grow with its length', () => {
  using counter = startStepCounter();
  const steps = (count: number) => {
    const yaml = `stages:\n  make:\n    outs: ['${'a<x>'.repeat(count)}b']\n`;
    const lock = lockOf({ make: ['a'.repeat(2 * count)] });
    return counter.count(() => read(lock, yaml));
  };
  steps(10);
  const [once, twice] = [steps(200), steps(400)];
  assert.ok(once > 200, `${once}`);
  assert.ok(twice <= 2.2 * once + 5_000, `${once} and ${twice}`);
});

describe('the stage that would make a path is found', () => {
  const yaml = [
    'stages:',
    '  prepare:',
    '    outs: [data/prepared]',
    '  train:',
    '    wdir: runs',
    '    outs:',
    '    - <model>',
    '    - curves/<name>.csv: {cache: false}',
    '    metrics: [scores.json]',
    '',
  ].join('\n');
  const cases: Record<string, [path: string, stage: string | null]> = {
    'at the path': ['ml/data/prepared', 'prepare'],
    'below it': ['ml/data', 'prepare'],
    'around it': ['ml/data/prepared/train', 'prepare'],
    'in the folder of a stage': ['ml/runs/scores.json', 'train'],
    'by a template': ['ml/runs/curves/a.csv', 'train'],
    'not for a path that no stage makes': ['ml/dta', null],
    'nor because a variable could be anything': ['ml/runs/dta', null],
    'nor for a name that only begins alike': ['ml/data/prepared-2', null],
  };
  for (const [what, [path, stage]] of Object.entries(cases)) {
    test(what, () => assert.equal(stageDeclaring(withVariables(yaml), 'ml/dvc.yaml', path), stage));
  }
});
