/** What the demo prints: plain lines, in colour only for people at a terminal. */
import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export const inColour = process.stdout.isTTY === true && !process.env.NO_COLOR;

/** A line, or several. */
export function say(text = ''): void {
  process.stdout.write(`${inColour ? text : stripVTControlCharacters(text)}\n`);
}

export function paint(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}

let headings = 0;

/** The next chapter of the story. */
export function heading(text: string): void {
  headings += 1;
  say(`\n${paint('bold', `${headings}. ${text}`)}`);
}

/** Lines of what belongs to the chapter. */
export function detail(text: string): void {
  say(text.replaceAll(/^(?=.)/gm, '   '));
}

/** Something that was checked and holds. */
export function proven(text: string): void {
  detail(`${paint('green', '✔')} ${text}`);
}

/** Names and values in two columns. */
export function table(rows: Readonly<Record<string, string>>): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  for (const [name, value] of Object.entries(rows)) detail(`${name.padEnd(width)}  ${value}`);
}

/** The rest of the line is what another process says. */
export function quote(who: string, line: string): void {
  detail(`${paint('dim', `${who} │`)} ${line}`);
}

/** The time since a `performance.now()`, for people. */
export function elapsed(since: number): string {
  const milliseconds = performance.now() - since;
  return milliseconds < 1000 ? `${Math.ceil(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
