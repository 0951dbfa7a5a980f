/**
 * Holds docs/decisions to one form: each page says when it was decided, whether it still holds, why, what, and what
 * follows, and the index says the same of each.
 */

/** A page as people find it in the index. */
interface Decision {
  title: string;
  date: string;
  status: string;
}

const headings = ['Context', 'Decision', 'Consequences'];

/**
 * What is missing or wrong, one sentence each; none where all is well. `pages` are the texts by their file's name,
 * `index` is that of README.md.
 */
export function decisionProblems(pages: Readonly<Record<string, string>>, index: string): string[] {
  const listed = new Map([...index.matchAll(/^\| \[([^\]]+)\]\(([a-z0-9-]+\.md)\) \| (.+) \| (.+) \|$/gm)].map(rowOf));
  return [
    ...Object.entries(pages).flatMap(([file, text]) => [
      ...formProblems(text, pages).map((problem) => `${file}: ${problem}`),
      ...indexProblems(file, readDecision(text), listed.get(file)),
    ]),
    ...[...listed.keys()]
      .filter((file) => !(file in pages))
      .map((file) => `README.md lists ${file}, which is not there`),
  ];
}

function rowOf([, title = '', file = '', date = '', status = '']: RegExpMatchArray): [file: string, row: Decision] {
  return [file, { title, date, status }];
}

function readDecision(text: string): Decision {
  const found = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  return { title: found(/^# (.+)$/m), date: found(/^- Date: (.+)$/m), status: found(/^- Status: (.+)$/m) };
}

function formProblems(text: string, pages: Readonly<Record<string, string>>): string[] {
  const { title, date, status } = readDecision(text);
  const [, successor] = /^superseded by \[[^\]]+\]\(([a-z0-9-]+\.md)\)$/.exec(status) ?? [];
  const parts = text.split(/^## /m).slice(1);
  const told = parts.map((part) => part.slice(0, part.indexOf('\n')));
  return [
    ...(title === '' || !text.startsWith('# ') ? ['it must begin with its title'] : []),
    ...(/^\d{4}-\d{2}-\d{2}$/.test(date) ? [] : ['"- Date: " must say the day as 2026-11-23']),
    ...(status === 'accepted' || (successor !== undefined && successor in pages)
      ? []
      : ['"- Status: " must be accepted, or superseded by a link to a page of these']),
    ...(told.join() === headings.join() ? [] : [`its chapters must be ${headings.join(', ')}`]),
    ...parts.flatMap((part, at) => (/^.+\n+\S/.test(part) ? [] : [`nothing stands under "## ${told[at]}"`])),
  ];
}

function indexProblems(file: string, page: Decision, row: Decision | undefined): string[] {
  if (!row) return [`README.md doesn't list ${file}`];
  const wrong = (['title', 'date', 'status'] as const).filter((part) => row[part] !== page[part]);
  return wrong.map(
    (part) => `README.md says of ${file} the ${part} "${row[part]}", and it says "${page[part]}" itself`,
  );
}
