/** The good reviews beside the attacks: sent at their instants, whatever became of the one before, and each answer looked at. */
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { decide } from '../../../src/admission/decide.ts';
import { parseReview } from '../../../src/admission/review.ts';
import { defaultConfig } from '../../../src/config/load.ts';
import { trainingReview } from '../../support/admission/training-review.ts';
import { ask } from '../../support/webhook/https.ts';
import { watchOwnDelay } from './own-delay.ts';

/** What came of the good reviews. Times are in milliseconds from the instant at which each was due. */
export interface GoodReviews {
  sent: number;
  right: number;
  /** Right, and later than allowed. */
  late: number;
  /** What the others got, and how often. */
  wrong: Record<string, number>;
  p99: number;
  longest: number;
  /** How long we ourselves were kept from sending and looking, at most. */
  ownDelay: number;
}

export const mostMilliseconds = 1000;
/** The API server gives up after so many. */
const patience = 10_000;

export interface GoodOrder {
  url: string;
  ca: string;
  namespace: string;
  perSecond: number;
  signal: AbortSignal;
}

/** Sends them until the signal, and waits for the answers that are still to come. */
export async function sendGoodReviews({ url, ca, namespace, perSecond, signal }: GoodOrder): Promise<GoodReviews> {
  const agent = new Agent({ keepAlive: true });
  const delay = watchOwnDelay();
  const took: number[] = [];
  const result: GoodReviews = { sent: 0, right: 0, late: 0, wrong: {}, p99: 0, longest: 0, ownDelay: 0 };
  const count = (what: string) => {
    result.wrong[what] = (result.wrong[what] ?? 0) + 1;
  };
  const send = async (number: number, due: number) => {
    const review = trainingReview({ namespace, number: number % 10_000, uid: uidOf(number) });
    const body = JSON.stringify(review);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const options = { method: 'POST', headers, agent, signal: AbortSignal.timeout(patience) };
    try {
      const answer = await ask(`${url}/mutate`, ca, options, body);
      const milliseconds = performance.now() - due;
      if (answer.status !== 200) return count(`status ${answer.status}`);
      if (!isRight(answer.body, review)) return count('another answer than decide() gives');
      result.right += 1;
      took.push(milliseconds);
      if (milliseconds > mostMilliseconds) result.late += 1;
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException;
      count(name === 'AbortError' ? `no answer in ${patience / 1000} s` : (code ?? name));
    }
  };
  const pending = new Set<Promise<void>>();
  const began = performance.now();
  for (let number = 0; !signal.aborted; number += 1) {
    const due = began + (number * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    result.sent += 1;
    const sending = send(number, due).finally(() => pending.delete(sending));
    pending.add(sending);
  }
  await Promise.all(pending);
  agent.destroy();
  took.sort((one, other) => one - other);
  result.p99 = took[Math.floor(took.length * 0.99)] ?? Number.NaN;
  result.longest = took.at(-1) ?? Number.NaN;
  result.ownDelay = delay.longest();
  return result;
}

function uidOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function isRight(body: string, review: ReturnType<typeof trainingReview>): boolean {
  const { response } = JSON.parse(body);
  const decision = decide(parseReview(review), defaultConfig());
  if (decision.kind !== 'inject' || response?.uid !== review.request.uid || response.allowed !== true) return false;
  const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString() || 'null');
  return isDeepStrictEqual(patch, JSON.parse(JSON.stringify(decision.operations)));
}
