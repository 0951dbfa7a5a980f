/** The reviews of a load with the answers to them, each asked for once and looked at before the load compares bytes. */
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { placeholderUid, trainingReview } from '../../support/admission/training-review.ts';
import { ask } from '../../support/webhook/https.ts';
import type { RunningServer } from './server.ts';

/** `same`: the pods of one Job, whose reviews differ by their uid only. `distinct`: pods of many Jobs. */
export const kinds = ['same', 'distinct'] as const;
export type Kind = (typeof kinds)[number];

/** Makes the load's file for each kind. Throws where an answer isn't right, with the number of its review. */
export async function writeReviews(
  server: RunningServer,
  at: { namespace: string; ca: string; distinct: number; file: (kind: Kind) => string },
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const pairs: { review: string; answer: string }[] = [];
  for (let number = 0; number < at.distinct; number += 1) {
    const review = JSON.stringify(trainingReview({ namespace: at.namespace, number }));
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(review) };
    const url = `https://127.0.0.1:${server.port}${server.path}`;
    const answer = await ask(url, at.ca, { method: 'POST', headers, agent }, review);
    const problem = answer.status === 200 ? problemOf(answer.body, server, number) : `its status is ${answer.status}`;
    if (problem) throw new Error(`the answer to review ${number} is wrong, ${problem}: ${answer.body.slice(0, 600)}`);
    pairs.push({ review, answer: answer.body });
  }
  agent.destroy();
  writeFileSync(at.file('same'), JSON.stringify(pairs.slice(0, 1)));
  writeFileSync(at.file('distinct'), JSON.stringify(pairs));
}

function problemOf(body: string, server: RunningServer, number: number): string | undefined {
  const { response } = JSON.parse(body);
  if (response?.uid !== placeholderUid) return 'its uid is another';
  if (response.allowed !== true) return 'the pod is not allowed';
  return server.problem(response, number);
}
