/** Generates the table of the chart's values from values.yaml and its comments. */
import { isMap, isScalar, type Node, parseDocument } from 'yaml';
import { table } from '../../docs/pages/page.ts';

/** A Markdown table with one row per value and one per commented section. `text` is values.yaml. */
export function valuesTable(text: string): string {
  const { contents } = parseDocument(text);
  return table(['value', 'default', 'meaning'], rowsOf(contents, '', contents?.commentBefore ?? ''));
}

function rowsOf(node: Node | null, path: string, first: string): string[][] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair, index) => {
    if (!isScalar(pair.key)) return [];
    const key = path === '' ? String(pair.key.value) : `${path}.${pair.key.value}`;
    const value = pair.value as Node | null;
    const meaning = sentence(pair.key.commentBefore ?? (index === 0 ? first : ''));
    const isSection = isMap(value) && !value.flow;
    const own = isSection && meaning === '' ? [] : [[`\`${key}\``, isSection ? '' : defaultOf(value), meaning]];
    return isSection ? [...own, ...rowsOf(value, key, value.commentBefore ?? '')] : own;
  });
}

function defaultOf(value: Node | null): string {
  return `\`${JSON.stringify(value?.toJSON() ?? null)}\``;
}

/** The comment in one line, without its indented examples and what stands apart above it. */
function sentence(comment: string): string {
  const lines = comment.split('\n').filter((line) => !/^ {2,}/.test(line));
  const paragraph =
    lines
      .join('\n')
      .trim()
      .split(/\n\s*\n/)
      .at(-1) ?? '';
  return paragraph
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}
