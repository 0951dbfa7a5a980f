/** What security.md says that the webhook may do, held against the rights and policies that the chart gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Rendered, render } from '../support/chart/helm.ts';
import { readPage } from '../support/docs/pages.ts';

const page = readPage('docs/security.md');
/** With everything that brings rights or policies. */
const values = {
  config: { storage: { static: { namespaces: { team: 'fs-0123456789abcdef0::fsap-0123456789abcdef0' } } } },
};

/** The rows of the table below a heading. An empty first cell means the one above it. */
function rows(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split(/^## /m)[0] ?? '';
  const table = [...section.matchAll(/^\|(.*)\|$/gm)].map(([, line = '']) =>
    line.split('|').map((cell) => cell.trim()),
  );
  let first = '';
  return table.slice(2).map(([cell = '', ...rest]) => {
    if (cell !== '') first = cell;
    return [first, ...rest];
  });
}

const words = (cell: string) => cell.split(',').map((word) => word.trim());

test('the page lists each verb that the chart grants on each kind of object, and no other', async () => {
  const objects = await render(values);
  const granted = new Set<string>();
  for (const { rules = [] } of objects.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')) {
    for (const rule of rules as { resources: string[]; verbs: string[] }[]) {
      for (const resource of rule.resources) for (const verb of rule.verbs) granted.add(`${verb} ${resource}`);
    }
  }
  const kinds = [...new Set([...granted].map((right) => right.split(' ')[1] ?? ''))];
  const told = rows('What the webhook may do').flatMap(([object = '', verbs = '']) => {
    const kind = kinds.find((plural) => new RegExp(`\\b${plural.slice(0, -1)}s?\\b`, 'i').test(object));
    assert.ok(kind, `the chart grants nothing on ${object}`);
    return words(verbs).map((verb) => `${verb} ${kind}`);
  });
  assert.deepEqual([...new Set(told)].sort(), [...granted].sort());
});

test('the page lists every policy of the chart', async () => {
  const isPolicy = ({ kind }: Rendered) => kind === 'ValidatingAdmissionPolicy';
  const names = (await render(values)).filter(isPolicy).map(({ metadata }) => metadata?.name ?? '');
  const told = rows('Policies').flatMap(([cell = '']) =>
    [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
  );
  assert.equal(names.length, 7);
  assert.deepEqual(told.sort(), names.map((name) => name.replace(/^team-dvc-injector-/, '')).sort());
});
