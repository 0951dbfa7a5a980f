/** The reference page of the webhook's metrics. */
import { metricTable } from '../../src/webhook/metrics.ts';
import { page, table } from './page.ts';

export function metricsPage(): string {
  const rows = Object.values(metricTable).map((row) => [
    `\`${row.name}\``,
    row.type,
    row.labels.map((label) => `\`${label}\``).join(', ') || '–',
    row.help,
  ]);
  return page(
    'Metrics',
    'src/webhook/metrics.ts',
    'In the Prometheus format at `/metrics` on `webhook.metricsPort`. The values of the label `reason` are those of [the reasons](reasons.md) where no others are named; all are there from the start, at 0.',
    table(['metric', 'type', 'labels', 'meaning'], rows),
  );
}
