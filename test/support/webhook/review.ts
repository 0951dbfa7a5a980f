/** Asks the webhook itself, where the namespace isn't opted in and so no reconciler makes the claim first. */
import assert from 'node:assert/strict';
import { podNaming, reference, reviewOf } from '../cluster/objects.ts';
import { post } from './https.ts';
import type { WebhookProcess } from './webhook-process.ts';

export interface Reply {
  allowed: boolean;
  warnings?: string[];
  status?: { code: number; reason: string; message: string };
}

/** The answer about an annotated pod that is being created in this namespace. */
export async function review(at: WebhookProcess, namespace: string, dryRun = false): Promise<Reply> {
  const body = JSON.stringify(reviewOf(podNaming(reference), { namespace, dryRun }));
  const answer = await post(`${at.url}/mutate`, at.ca, body);
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body).response;
}
