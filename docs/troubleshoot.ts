/**
 * Holds docs/troubleshoot.md to the code: every denial, exit code, policy and warning has a section there that says cause,
 * check and repair ("Mend"), and what a section quotes is what the code says.
 */
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reasons } from '../src/admission/reasons.ts';
import { exitCodes as fetchCodes } from '../src/fetch/failure/exit-codes.ts';
import { exitCodes as injectCodes } from '../src/inject/exit-codes.ts';
import { exitCodes as webhookCodes } from '../src/webhook/exit-codes.ts';
import { speakingSources, warningTexts } from './code-texts.ts';

const policies = join(import.meta.dirname, '../deploy/chart/templates/policies/*.yaml');
const parts = ['**Cause.**', '**Check.**', '**Mend.**'];

/** What is missing in the page or wrong, one sentence each; none where it is complete. */
export function troubleshootProblems(page: string): string[] {
  const sections = new Map(page.split(/^### /m).slice(1).map(headingAndText));
  const quotes = quotesOf(page);
  const sources = speakingSources();
  return [
    ...wantedHeadings()
      .filter((heading) => !sections.has(heading))
      .map((heading) => `there is no section "### ${heading}"`),
    ...[...sections]
      .filter(([, text]) => !parts.every((part) => text.includes(part)))
      .map(([heading]) => `the section "### ${heading}" lacks one of ${parts.join(', ')}`),
    ...quotes
      .filter((quote) => !sources.some(({ text }) => text.includes(quote)))
      .map((quote) => `it quotes "${quote}", which nothing in the code says`),
    ...warningTexts()
      .filter((warning) => !quotes.some((quote) => warning.includes(quote)))
      .map((warning) => `no section quotes a part of the warning "${warning}"`),
    ...skips()
      .filter((name) => !page.includes(`\`${name}\``))
      .map((name) => `it doesn't mention the reason ${name}`),
  ];
}

/** A section ends where the next chapter begins. */
function headingAndText(section: string): [heading: string, text: string] {
  const [heading = '', ...lines] = (section.split(/^## /m)[0] ?? '').split('\n');
  return [heading, lines.join('\n')];
}

function wantedHeadings(): string[] {
  const commands = { fetch: fetchCodes, inject: injectCodes, webhook: webhookCodes };
  return [
    ...Object.entries(reasons).flatMap(([name, { decision }]) => (decision === 'deny' ? [`\`${name}\``] : [])),
    ...globSync(policies).map((file) => `Policy \`${basename(file, '.yaml')}\``),
    ...Object.entries(commands).flatMap(([command, codes]) =>
      Object.values(codes).flatMap(({ code }) => (code === 0 ? [] : [`\`${command}\` ${code}`])),
    ),
  ];
}

function skips(): string[] {
  return Object.entries(reasons).flatMap(([name, { decision }]) => (decision === 'skip' ? [name] : []));
}

/** The pieces between the `…` of every line that begins with `>`. */
function quotesOf(page: string): string[] {
  return [...page.matchAll(/^> (.+)$/gm)]
    .flatMap(([, line = '']) => line.split('…'))
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}
