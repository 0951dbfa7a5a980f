/** The globs that a split may be: what each matches, what is refused, and that none takes long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { globMatcher, globProblem, isGlob } from '../../../src/dataset/glob.ts';
import { globSteps } from '../../support/dataset/glob-steps.ts';
import { globs } from '../../support/dataset/samples.ts';

describe('a glob', () => {
  for (const [pattern, matching, others] of [
    [
      'train/**',
      ['train/a.jpg', 'train/x/y/b.png', 'train/.hidden', 'train/.x/a'],
      ['val/a.jpg', 'x/train/a.jpg', 'trains/a'],
    ],
    ['**/*.jpg', ['a.jpg', 'x/a.jpg', 'x/y/.jpg', '.x/.a.jpg'], ['a.JPG', 'a.jpg/b', 'ajpg']],
    ['*.{jpg,jpeg}', ['a.jpg', '.jpeg', 'a b.jpg'], ['x/a.jpg', 'a.jpg,jpeg', 'a.png']],
    [
      '{train,val}/*/a?.txt',
      ['train/x/a1.txt', 'val/x/a/.txt'.replace('a/', 'aé')],
      ['train/a1.txt', 'test/x/a1.txt', 'train/x/a12.txt', 'train/x/a.txt'],
    ],
    ['[a-c]*', ['a', 'bx', 'c/'.slice(0, 1)], ['d', 'A', 'a/b']],
    ['[!a-c]?', ['dx', '.x'], ['ax', '/x', 'x']],
    ['[^0-9]', ['a'], ['1', '/']],
    ['[!-.]', ['a', ','], ['-', '.', '/']],
    ['[!+-]', [',', '.'], ['+', '-', '/']],
    ['[.]x[-_]', ['.x-', '.x_'], ['ax-', '[.]x-']],
    ['part-[ab]+', ['part-a+', 'part-b+'], ['part-aa', 'part-a']],
    ['a+b@c=d,e~f g*', ['a+b@c=d,e~f g', 'a+b@c=d,e~f gh'], ['aab@c=d,e~f g']],
    ['été/*', ['été/1', 'été/日'], ['ete/1']],
    ['**', ['a', 'a/b', '.a/.b', 'a\nb/c'], []],
    ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['az', 'a/bz', 'x/a/z']],
    ['..x*', ['..x', '..xy'], ['x']],
    ['*(1)'.slice(0, 1), ['(1)', "it's", '$HOME', '{a}', '[b]', '!x'], ['a/b']],
  ] as const) {
    it(`${pattern} matches what a shell says`, () => {
      assert.equal(globProblem(pattern), null);
      const matches = globMatcher(pattern);
      for (const path of matching) assert.ok(matches(path), path);
      for (const path of others) assert.ok(!matches(path), path);
    });
  }

  for (const [pattern, problem] of [
    [`${'a'.repeat(511)}**`, /longer than 512/],
    ['/train/**', /absolute/],
    ['../**', /"\.\."/],
    ['a/../*', /"\.\."/],
    ['./*', /"\."/],
    ['a//*', /empty segment/],
    ['train/*/', /empty segment/],
    ['-*', /begins with "-"/],
    [' *', /space/],
    ['a**', /\*\* is a segment of its own/],
    ['***', /\*\* is a segment of its own/],
    ['!train/*', /has more than letters/],
    ['a\\*', /has more than letters/],
    ['@(a|b)*', /has more than letters/],
    ['+(a)*', /has more than letters/],
    ['$(id)*', /has more than letters/],
    ['`id`*', /has more than letters/],
    ['a;b*', /has more than letters/],
    ['a\n*', /has more than letters/],
    ['a"*', /has more than letters/],
    ["a'*", /has more than letters/],
    ['a|b*', /has more than letters/],
    ['<a>*', /has more than letters/],
    ['#*', /has more than letters/],
    ['[a', /has more than letters/],
    ['*]', /has more than letters/],
    ['[]*', /has more than letters/],
    ['[!]*', /has more than letters/],
    ['[a/b]*', /has more than letters/],
    ['[[:alpha:]]', /has more than letters/],
    ['[😀]', /has more than letters/],
    ['{a', /has more than letters/],
    ['{a}', /has more than letters/],
    ['{a,}', /has more than letters/],
    ['{a,b/c}', /has more than letters/],
    ['{a,{b,c}}', /has more than letters/],
    ['{a*,b}', /has more than letters/],
    ['{1..3}', /range in braces; write each/],
    ['{a..b,c}', /range in braces/],
    ['[z-a]', /goes down/],
    ['[a-cz-a]', /goes down/],
    ['**/**/**', /more than 2 segments/],
    ['*a*b*', /three in one/],
    ['*a*/*b*', /more than one segment/],
    ['{a,ab,abc}{x,xy}*', /begin with one another/],
    ['{a,ab}/{a,ab}/{a,ab}', /begin with one another/],
  ] as const) {
    it(`${JSON.stringify(pattern.slice(-20))} is refused`, () => {
      assert.match(globProblem(pattern) ?? 'none', problem);
    });
  }

  it('is what has a wildcard in it', () => {
    assert.deepEqual(['a*', 'a?', '[a]', '{a,b}'].map(isGlob), [true, true, true, true]);
    assert.deepEqual(['a', 'a/b', 'a,b', 'a]', 'a}', 'a!', ''].filter(isGlob), []);
  });

  it('that is allowed holds nothing that a shell runs, and is never read as no pattern', () => {
    fc.assert(
      fc.property(globs, (pattern) => {
        assert.equal(globProblem(pattern), null);
        assert.doesNotMatch(pattern, /[`$;&|<>"'\\()#\p{Cc}]|^\/|^-/u);
        assert.ok(globMatcher(pattern)(exampleOf(pattern)), `${pattern} and ${exampleOf(pattern)}`);
      }),
      { numRuns: 5000 },
    );
  });

  it('of whatever text is refused with one line, or matches only what it says', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab/*?[]{},!^-.+@'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, path) => {
        const problem = globProblem(pattern);
        if (problem !== null) return assert.doesNotMatch(problem, /\p{Cc}/u);
        const found = globMatcher(pattern)(path);
        const plain = path !== '' && path.split('/').every((each) => !['', '.', '..'].includes(each));
        if (plain) assert.equal(found, byHand(pattern).test(path), `${pattern} on ${path}`);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('the most wildcards that are allowed', () => {
  /** Where most ways to divide a name among wildcards fail late: segments of one letter, short, or as long as they can be. */
  const worstNames = (characters: number) =>
    [1, 2, 4, 16, 64, 255].map((length) =>
      Array(Math.ceil(characters / (length + 1)))
        .fill('a'.repeat(length))
        .join('/')
        .slice(0, characters),
    );
  const mostSteps = (pattern: string, characters: number) =>
    Math.max(...worstNames(characters).map((name) => globSteps(pattern, name)));

  for (const pattern of [
    '**/a/**/b',
    '**/*a*/**/b',
    '**/*a/**/*a*b',
    '**/*a*/*/**/*b',
    '**/*a*/*/*/**/b',
    '*/**/*/**/*a*b',
    '*a*/**/*/**/b',
    '**/*{a,aa,aaa,aaaa}*/**/b',
    '{a,aa}*/**/*{a,aa}*/**/b',
    '{a,aa}{a,aa}*/**/*a*/**/b',
  ]) {
    it(`end soon for the worst names: ${pattern}`, () => {
      assert.equal(globProblem(pattern), null);
      const [half, whole] = [mostSteps(pattern, 512), mostSteps(pattern, 1024)];
      // At most as the square of the length: 4,096 characters are then at most 16 times as many steps, about 50 million.
      assert.ok(whole <= 4.4 * half, `${half} and ${whole}`);
      assert.ok(whole <= 5_000_000, `${whole} steps`);
    });
  }

  it('are counted right', () => {
    assert.equal(globSteps('ab', 'ab'), 3);
    assert.equal(globSteps('*b', 'aab'), 8);
  });
});

/** A path that the pattern means: each wildcard replaced by the least that it may be. */
function exampleOf(pattern: string): string {
  return pattern
    .replaceAll('**', 'x')
    .replaceAll('*', 'y')
    .replaceAll('?', 'z')
    .replaceAll(/\{([^,]+),[^}]*\}/g, '$1')
    .replaceAll(/\[[!^][^\]]*\]/g, '日')
    .replaceAll(/\[(.)[^\]]*\]/gu, '$1');
}

/** The same pattern as an expression, written without picomatch. */
function byHand(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((segment) =>
      segment === '**'
        ? '**'
        : segment.replaceAll(/\[([!^]?)([^\]]+)\]|\{([^}]+)\}|./gu, (text, not, members, list) => {
            if (members !== undefined) return `(?!/)[${not ? '^' : ''}${members.replaceAll(/[\^\\[]/g, '\\$&')}]`;
            if (list !== undefined) return `(?:${list.split(',').map(literal).join('|')})`;
            if (text === '*') return '[^/]*';
            return text === '?' ? '[^/]' : literal(text);
          }),
    )
    .join('/');
  const deep = source
    .replaceAll(/(?<=^|\/)\*\*\/(?=\*\*)/g, '')
    .replace(/^\*\*$/, '.+')
    .replaceAll(/(?<=^|\/)\*\*\//g, '(?:.+/)?')
    .replace(/\/\*\*$/, '(?:/.+)?');
  return new RegExp(`^${deep}$`, 's');
}

function literal(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, '\\$&');
}
