/** The page of how a fetch ends. */
import { exitCodes } from '../../src/fetch/exit-codes.ts';
import { page, table } from './page.ts';

export function exitCodesPage(): string {
  const rows = Object.values(exitCodes).map((row) => [String(row.code), row.meaning]);
  return page(
    'Exit codes of the init container',
    'src/fetch/exit-codes.ts',
    'The codes of sysexits.h. The termination message (`kubectl describe pod`) is one sentence that says what to do.',
    table(['code', 'meaning'], rows),
  );
}
