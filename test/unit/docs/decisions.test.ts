/** The form of docs/decisions: what `npm run check` finds in a page that leaves something out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionProblems } from '../../../docs/decisions.ts';

const page = `# Bread is baked

- Date: 2026-11-23
- Status: accepted

## Context

People are hungry.

## Decision

Bread is baked.

## Consequences

It smells well.
`;
const index =
  '# Decisions\n\n| decision | date | status |\n|---|---|---|\n| [Bread is baked](bread.md) | 2026-11-23 | accepted |\n';

test('a page of five parts that stands in the index is in order', () => {
  assert.deepEqual(decisionProblems({ 'bread.md': page }, index), []);
});

test('a page that was superseded names the one that holds', () => {
  const old = page.replace('Status: accepted', 'Status: superseded by [cake](cake.md)');
  const row = index.replace('| accepted |', '| superseded by [cake](cake.md) |');
  const cake = page.replace('Bread is baked', 'Cake');
  const both = `${row}| [Cake](cake.md) | 2026-11-23 | accepted |\n`;
  assert.deepEqual(decisionProblems({ 'bread.md': old, 'cake.md': cake }, both), []);
  assert.match(decisionProblems({ 'bread.md': old }, row).join(), /superseded by a link to a page of these/);
});

for (const [what, changed, problem] of [
  ['its title', page.replace('# Bread is baked\n', ''), 'bread.md: it must begin with its title'],
  ['its date', page.replace('2026-11-23', 'in autumn'), 'bread.md: "- Date: " must say the day as 2026-11-23'],
  ['its status', page.replace('accepted', 'liked'), 'bread.md: "- Status: " must be accepted, or superseded by'],
  ['a chapter', page.replace('## Context', '## Why'), 'bread.md: its chapters must be Context, Decision, Consequences'],
  ['what a chapter says', page.replace('It smells well.\n', ''), 'bread.md: nothing stands under "## Consequences"'],
] as const) {
  test(`a page that leaves out ${what} is refused`, () => {
    assert.notEqual(changed, page);
    const problems = decisionProblems({ 'bread.md': changed }, index);
    assert.ok(
      problems.some((each) => each.startsWith(problem)),
      problems.join('\n'),
    );
  });
}

test('a page that the index leaves out, or of which it says something else, is refused', () => {
  assert.deepEqual(decisionProblems({ 'bread.md': page }, ''), ["README.md doesn't list bread.md"]);
  assert.deepEqual(decisionProblems({ 'bread.md': page }, index.replace('2026-11-23', '2026-11-24')), [
    'README.md says of bread.md the date "2026-11-24", and it says "2026-11-23" itself',
  ]);
});

test('an index that lists what is not there is refused', () => {
  assert.deepEqual(decisionProblems({}, index), ['README.md lists bread.md, which is not there']);
});
