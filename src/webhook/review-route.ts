/** The route that counts: the API server posts a review and waits for the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyBudget } from './body-budget.ts';
import type { RefuseCaller } from './callers.ts';
import type { Mutate } from './mutate.ts';
import { type Body, readBody } from './read-body.ts';
import { readJson } from './read-json.ts';
import { makeTurns } from './turns.ts';

/** What all reviews together may hold until they are decided, in bytes: eight of the largest. */
const bytesInFlight = 26 * 2 ** 20;
const reserve = 2 * 2 ** 20;

/** Answers a request; `fail` is given what prevented that. */
export type ReviewRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  fail: (error: unknown) => void,
) => Promise<void>;

/** express's own body parser and `res.json` take as long as everything that Node does for a request, so this does without. */
export function makeReviewRoute(mutate: Mutate, refuse: RefuseCaller = () => false): ReviewRoute {
  const budget = new BodyBudget(bytesInFlight, reserve);
  const take = makeTurns();
  /** Decides at once: what takes time is the claim, and for that nothing of the body is needed. */
  const begin = ({ bytes, release }: Body) => {
    try {
      return mutate(readJson(bytes));
    } finally {
      release();
    }
  };
  const answer = async (body: Body, response: ServerResponse, fail: (error: unknown) => void) => {
    try {
      sendJson(response, await begin(body));
    } catch (error) {
      fail(error);
    }
  };
  return async (request, response, fail) => {
    if (refuse(request, response)) return;
    try {
      const body = await readBody(request, budget);
      take({ bytes: body.bytes.length, run: () => answer(body, response, fail) });
    } catch (error) {
      fail(error);
    }
  };
}

function sendJson(response: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  // As text, so that headers and body leave in one write.
  response.end(text);
}
