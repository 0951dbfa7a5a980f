/** The reference page of the commands' exit codes. */
import { exitCodes as fetchCodes } from '../../src/fetch/failure/exit-codes.ts';
import { exitCodes as injectCodes } from '../../src/inject/exit-codes.ts';
import { exitCodes as webhookCodes } from '../../src/webhook/exit-codes.ts';
import { page, table } from './page.ts';

export function exitCodesPage(): string {
  return page(
    'Exit codes',
    "each command's exit-codes.ts",
    'The codes of sysexits.h where there is one that fits.',
    '## `dvc-injector fetch`, the init container',
    'Its termination message (`kubectl describe pod`) is one sentence that says what to do.',
    rows(fetchCodes),
    '## `dvc-injector inject`',
    rows(injectCodes),
    '## `dvc-injector webhook`',
    rows(webhookCodes),
  );
}

function rows(codes: Record<string, { code: number; meaning: string }>): string {
  return table(
    ['code', 'meaning'],
    Object.values(codes).map((row) => [String(row.code), row.meaning]),
  );
}
