/** `--worst`: asks our server about each of the worst reviews, and how long its event loop was blocked by that. */
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { trainingReview } from '../../support/admission/training-review.ts';
import { worstReviews } from '../../support/admission/worst-reviews.ts';
import type { Logged } from '../../support/process/logged.ts';
import { post } from '../../support/webhook/https.ts';
import type { Stage } from './server.ts';
import { textTable } from './table.ts';
import { longestBlock, type Verdict } from './targets.ts';

export interface WorstRow {
  name: string;
  bytes: number;
  /** What came back, or how the server ended. */
  answer: string;
  /** Until the answer, in milliseconds; of several times the longest, as is the block. */
  took: number;
  /** In milliseconds; NaN where the server ended. */
  block: number;
}

/** The first time the code is cold, and a block of the collector's may be missed: the longest of so many counts. */
const times = 3;
/** A server that is slower has said enough, in milliseconds. */
const patience = 30_000;

export async function runWorst(
  { webhook, cluster, pinned }: Stage,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<{ rows: WorstRow[]; verdicts: Verdict[] }> {
  const preload = pathToFileURL(join(import.meta.dirname, 'loop-delay.ts')).href;
  const start = async () => {
    const server = await webhook.start({ wrapper: pinned, node: ['--import', preload], messages: true });
    const usual = JSON.stringify(trainingReview({ namespace: cluster.namespace }));
    for (let count = 0; count < 200; count += 1) await post(`${webhook.url}/mutate`, webhook.ca, usual);
    return server;
  };
  const rows: WorstRow[] = [];
  let server = await start();
  try {
    for (const { name, make } of worstReviews(cluster.namespace)) {
      signal.throwIfAborted();
      say(name);
      const row = await askWorst({ name, body: make(), url: `${webhook.url}/mutate`, ca: webhook.ca, server });
      rows.push(row);
      if (!Number.isNaN(row.block)) continue;
      await server[Symbol.asyncDispose]();
      server = await start();
    }
  } finally {
    await server[Symbol.asyncDispose]();
  }
  const longest = rows.reduce((one, other) => (other.block <= one.block ? one : other));
  const found = Number.isNaN(longest.block)
    ? `${longest.name}: ${longest.answer}`
    : `${longest.block.toFixed(0)} ms: ${longest.name}`;
  const target = `no review blocks the event loop for more than ${longestBlock} ms`;
  return { rows, verdicts: [{ target, found, met: rows.every(({ block }) => block <= longestBlock) }] };
}

interface Question {
  name: string;
  body: string;
  url: string;
  ca: string;
  server: Logged;
}

async function askWorst({ name, body, url, ca, server }: Question): Promise<WorstRow> {
  const row: WorstRow = { name, bytes: Buffer.byteLength(body), answer: '', took: 0, block: 0 };
  for (let time = 0; time < times; time += 1) {
    await longestSince(server); // what was before is no fault of this one
    const begun = performance.now();
    row.answer = await Promise.race([answerTo(url, ca, body), late()]);
    row.took = Math.max(row.took, performance.now() - begun);
    row.block = Math.max(row.block, await longestSince(server));
    if (Number.isNaN(row.block))
      return { ...row, answer: server.ended() ? `the server ${server.ended()}` : row.answer };
    if (row.took > patience / times) break;
  }
  return row;
}

async function answerTo(url: string, ca: string, body: string): Promise<string> {
  try {
    const answer = await post(url, ca, body);
    if (answer.status !== 200) return `${answer.status}`;
    const { response } = JSON.parse(answer.body);
    return response.allowed ? `allowed, ${answer.body.length} bytes` : `denied, ${response.status?.code}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function late(): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, patience, `no answer in ${patience / 1000} s`).unref());
}

/** In milliseconds; NaN where the server has ended, or says nothing for as long as anybody waits. */
async function longestSince({ child }: Logged): Promise<number> {
  if (!child.connected) return Number.NaN;
  const over = new AbortController();
  const ended = { longestMs: Number.NaN };
  try {
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patience)]);
    const gone = once(child, 'exit', { signal }).then(() => [ended]);
    child.send('longest', () => {}); // where it ends just now, that is told by its exit
    const [{ longestMs }] = await Promise.race([once(child, 'message', { signal }), gone]).catch(() => [ended]);
    return longestMs;
  } finally {
    over.abort(); // the listener that heard nothing goes too
  }
}

export function worstTable(rows: readonly WorstRow[]): string {
  const cells = rows.map(({ name, bytes, answer, took, block }) => [
    name,
    answer,
    (bytes / 2 ** 20).toFixed(2),
    took.toFixed(0),
    Number.isNaN(block) ? '–' : block.toFixed(0),
  ]);
  return textTable(['review', 'answer', 'MiB', 'ms', 'blocked ms'], cells, 2);
}
