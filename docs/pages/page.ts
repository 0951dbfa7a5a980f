/** Formats generated Markdown pages. */

/** A Markdown page; `source` is the module whose table it shows. */
export function page(title: string, source: string, introduction: string, ...parts: string[]): string {
  const note = `<!-- Generated from ${source} by \`npm run docs\`; edit that table, not this page. -->`;
  return `${[note, `# ${title}`, introduction, ...parts].join('\n\n')}\n`;
}

/** A Markdown table; cells are text in which `|` and line breaks are made harmless. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
