/** docs/security.md promises nothing that no test shows: each row of its tables of attacks names a test, which is there. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPage, root } from '../../support/docs/pages.ts';

const [, section = ''] = readPage('docs/security.md').split('\n## Who can do what to whom\n');
const [attacks = ''] = section.split(/^## /m);
const tables = attacks.split(/^### /m).slice(1);

/** The links of a cell with the titles that stand behind each in italics. */
function shown(cell: string): { path: string; titles: string[] }[] {
  return [...cell.matchAll(/\]\(\.\.\/(test\/[^)]+)\)((?:,? \*[^*]+\*)*)/g)].map(([, path = '', titles = '']) => ({
    path,
    titles: [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => title),
  }));
}

for (const table of tables) {
  test(`each row of "${table.split('\n')[0]}" is shown by a test that is there`, () => {
    const [, , ...rows] = table.split('\n').filter((line) => line.startsWith('|'));
    assert.ok(rows.length > 0);
    for (const row of rows) {
      const tests = shown(row.split(' | ').at(-1) ?? '');
      assert.ok(tests.length > 0, row);
      for (const { path, titles } of tests) {
        assert.ok(statSync(join(root, path)).isFile(), path);
        const text = readFileSync(join(root, path), 'utf8');
        for (const title of titles) assert.ok(text.includes(title), `${path} has no test "${title}"`);
      }
    }
  });
}

test('every attacker of the page has a table', () => {
  assert.equal(tables.length, 9);
});
