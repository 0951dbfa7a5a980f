/** What the figures must show of ours beside bare Node, judged only where both were run. */
import type { Figures } from './figures.ts';
import { kinds } from './reviews.ts';

/** A target, and whether it was met. */
export interface Verdict {
  target: string;
  found: string;
  met: boolean;
}

const leastRequests = 0.35;
const aimedRequests = 0.5;
const mostP99 = 2.5;
const mostMoreMiB = 80;
/** How long one review, however bad, may keep all others waiting, in milliseconds. */
export const longestBlock = 100;

export function verdicts(figures: readonly Figures[]): Verdict[] {
  const found: Verdict[] = [];
  for (const kind of kinds) {
    const ours = figures.filter((each) => each.server === 'ours' && each.kind === kind && each.ratio);
    if (ours.length === 0) continue;
    const words = (pick: (ratio: { requests: number; p99: number }) => number) =>
      ours.map(({ ratio, connections }) => `${ratio ? pick(ratio).toFixed(2) : ''} at ${connections}`).join(', ');
    found.push({
      target: `${kind}: at least ${leastRequests} × the requests of bare Node (the aim is ${aimedRequests})`,
      found: words(({ requests }) => requests),
      met: ours.every(({ ratio }) => (ratio?.requests ?? 0) >= leastRequests),
    });
    found.push({
      target: `${kind}: p99 at most ${mostP99} × that of bare Node`,
      found: words(({ p99 }) => p99),
      met: ours.every(({ ratio }) => (ratio?.p99 ?? 0) <= mostP99),
    });
  }
  // Of the last load each, which had all others before it.
  const rssOf = (server: string) => figures.findLast((each) => each.server === server)?.rss;
  const [own, bare] = [rssOf('ours'), rssOf('bare-node')];
  if (own !== undefined && bare !== undefined) {
    const more = (own - bare) / 2 ** 20;
    const target = `at most ${mostMoreMiB} MiB more than bare Node after the loads`;
    found.push({ target, found: `${more.toFixed(0)} MiB more`, met: more <= mostMoreMiB });
  }
  return found;
}
