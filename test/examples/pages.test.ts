/** What the pages say of each other and of the code: links lead somewhere, and troubleshoot.md leaves nothing out. */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { troubleshootProblems } from '../../docs/troubleshoot.ts';
import { anchors, links, pages, readPage, root } from '../support/docs/pages.ts';

const troubleshoot = readPage('docs/troubleshoot.md');

test('every link between pages leads to a file, and to a heading where it names one', () => {
  const dead: string[] = [];
  let followed = 0;
  for (const page of pages()) {
    for (const link of links(readPage(page)).filter((target) => !/^[a-z]+:/.test(target))) {
      followed += 1;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      const isPage = target.endsWith('.md') && existsSync(join(root, target)) && statSync(join(root, target)).isFile();
      if (!existsSync(join(root, target))) dead.push(`${page}: ${link}`);
      else if (anchor !== undefined && !(isPage && anchors(readPage(target)).includes(anchor)))
        dead.push(`${page}: ${link} (no such heading)`);
    }
  }
  assert.deepEqual(dead, []);
  assert.ok(followed > 100, `${followed} links were found`);
});

test('every denial, warning, policy and exit code has a section that says cause, check and mend', () => {
  assert.deepEqual(troubleshootProblems(troubleshoot), []);
});

for (const [what, changed, problem] of [
  ['a denial', troubleshoot.replace('### `root-user`', '### `root`'), 'there is no section "### `root-user`"'],
  ['an exit code', troubleshoot.replace('### `fetch` 74', '### `fetch`'), 'there is no section "### `fetch` 74"'],
  [
    'a policy',
    troubleshoot.replace('### Policy `not-opted-in`', '### Policy'),
    'there is no section "### Policy `not-opted-in`"',
  ],
  [
    'what helps',
    troubleshoot.replace('**Mend.** Report it with this log.', ''),
    'the section "### `fetch` 70" lacks one of **Cause.**, **Check.**, **Mend.**',
  ],
  ['a warning', troubleshoot.replace('> is Pending, as is usual where class\n', ''), 'as is usual where class'],
  ['a reason that nothing was done', troubleshoot.replaceAll('`mirror-pod`', ''), 'the reason mirror-pod'],
] as const) {
  test(`a page that leaves out ${what} is refused`, () => {
    assert.notEqual(changed, troubleshoot);
    const problems = troubleshootProblems(changed);
    assert.ok(
      problems.some((each) => each.includes(problem)),
      problems.join('\n'),
    );
  });
}

test('a page that quotes what the code does not say is refused', () => {
  const problems = troubleshootProblems(`${troubleshoot}\n> the claim is not to be had\n`);
  assert.deepEqual(problems, ['it quotes "the claim is not to be had", which nothing in the code says']);
});
