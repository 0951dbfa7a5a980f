/** What the figures must show, judged only where the rows for it were run and ended well. */
import type { Letter, Row } from './row.ts';

/** A target, and whether it was met. */
export interface Verdict {
  target: string;
  found: string;
  met: boolean;
}

/** A fetch may read the `.dir` object beside the missing files, ask for some of them twice, and no more. */
const slack = 5;

export function verdicts(rows: readonly Row[]): Verdict[] {
  const good = (letter: Letter) => {
    const row = rows.find((each) => each.letter === letter);
    return row?.ok ? row : undefined;
  };
  const [b, c, d, e, f, g, h] = [good('b'), good('c'), good('d'), good('e'), good('f'), good('g'), good('h')];
  const found: Verdict[] = [];
  const judge = (target: string, words: string, met: boolean) => found.push({ target, found: words, met });
  if (c && h) {
    const ratio = c.seconds / h.seconds;
    judge('c takes at most 2.5 times the floor h (the aim is 1.5)', `${ratio.toFixed(2)} times`, ratio <= 2.5);
  }
  if (b && c) {
    const ratio = b.seconds / c.seconds;
    const rough = b.extrapolatedFrom === null ? '' : ', b being extrapolated';
    judge('c is at least 40 times as fast as b', `${ratio.toFixed(0)} times${rough}`, ratio >= 40);
  }
  for (const row of [d, e]) {
    if (!row) continue;
    const words = `${row.s3Objects} objects for ${row.missing} missing`;
    judge(`${row.letter} moves only missing objects`, words, row.s3Objects <= row.missing + slack);
  }
  if (f) {
    judge('f takes less than 0.5 s', `${f.seconds.toFixed(2)} s`, f.seconds < 0.5);
    const words = `${f.gitRequests} to git, ${f.s3Requests} to S3`;
    judge('f asks nothing of the outside', words, f.gitRequests + f.s3Requests === 0);
  }
  if (g) judge('g downloads once', `${g.s3Objects} objects for ${g.missing} missing`, g.s3Objects <= g.missing + slack);
  if (c && g) {
    const limit = 1.2 * c.seconds + 3;
    judge(
      'g takes at most 1.2 times c and 3 s',
      `${g.seconds.toFixed(1)} s of ${limit.toFixed(1)} s`,
      g.seconds <= limit,
    );
  }
  for (const row of [c, d, e, f, g]) {
    if (!row || row.peakRssBytes <= 400e6) continue;
    judge('our process stays below 400 MB', `${row.letter} had ${(row.peakRssBytes / 1e6).toFixed(0)} MB`, false);
  }
  return found;
}
