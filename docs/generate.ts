/**
 * Writes docs/reference from the tables in the code, so that no page can say something else; `--check` fails where one is
 * stale, and where docs/troubleshoot.md leaves out a denial, warning or exit code, or docs/decisions a part of its form.
 */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decisionProblems } from './decisions.ts';
import { annotationsPage } from './pages/annotations.ts';
import { checkFlagsPage } from './pages/check-flags.ts';
import { configurationPage } from './pages/configuration.ts';
import { exitCodesPage } from './pages/exit-codes.ts';
import { fetchFlagsPage } from './pages/fetch-flags.ts';
import { kindsPage } from './pages/kinds.ts';
import { metricsPage } from './pages/metrics.ts';
import { reasonsPage } from './pages/reasons.ts';
import { remotesPage } from './pages/remotes.ts';
import { troubleshootProblems } from './troubleshoot.ts';

const pages: Record<string, () => string> = {
  'annotations.md': annotationsPage,
  'check-flags.md': checkFlagsPage,
  'configuration.md': configurationPage,
  'exit-codes.md': exitCodesPage,
  'fetch-flags.md': fetchFlagsPage,
  'kinds.md': kindsPage,
  'metrics.md': metricsPage,
  'reasons.md': reasonsPage,
  'remotes.md': remotesPage,
};

const directory = join(import.meta.dirname, 'reference');
const stale: string[] = [];
for (const [file, page] of Object.entries(pages)) {
  const path = join(directory, file);
  const text = page();
  if (!process.argv.includes('--check')) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    stale.push(`docs/reference/${file}`);
  }
}
if (stale.length > 0) {
  console.error(`${stale.join(', ')}: not what the code's tables say; run npm run docs and commit the result`);
  process.exitCode = 1;
}
const troubleshoot = join(import.meta.dirname, 'troubleshoot.md');
for (const problem of troubleshootProblems(readFileSync(troubleshoot, 'utf8'))) {
  console.error(`docs/troubleshoot.md: ${problem}`);
  process.exitCode = 1;
}
const decisions = join(import.meta.dirname, 'decisions');
const { 'README.md': index = '', ...decided } = Object.fromEntries(
  globSync('*.md', { cwd: decisions }).map((file) => [file, readFileSync(join(decisions, file), 'utf8')]),
);
for (const problem of decisionProblems(decided, index)) {
  console.error(`docs/decisions: ${problem}`);
  process.exitCode = 1;
}
