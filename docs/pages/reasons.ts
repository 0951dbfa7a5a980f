/** The reference page of the reasons with which a review can end. */
import { reasons } from '../../src/admission/reasons.ts';
import { page, table } from './page.ts';

export function reasonsPage(): string {
  const rows = Object.entries(reasons).map(([name, row]) => [
    `\`${name}\``,
    row.decision,
    'code' in row ? String(row.code) : '–',
    row.meaning,
  ]);
  return page(
    'Reasons',
    'src/admission/reasons.ts',
    'Every admission review ends with one of these reasons: in the log (`reason`), in the metric `dvc_injector_admission_decisions_total` and, for a denial, with this code in the answer. Controllers retry a denial with code 503.',
    table(['reason', 'decision', 'code', 'meaning'], rows),
  );
}
