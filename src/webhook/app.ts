/** The HTTP side of the webhook: its paths, and the sentences with which it refuses a request. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { MalformedReview } from '../admission/review.ts';
import type { RefuseCaller } from './callers.ts';
import type { Metrics } from './metrics.ts';
import type { Mutate } from './mutate.ts';
import type { Readiness } from './readiness.ts';
import { Refusal } from './refusal.ts';
import { makeReviewRoute } from './review-route.ts';

export interface AppOptions {
  mutate: Mutate;
  readiness: Readiness;
  metrics: Metrics;
  log: Logger;
  /** Asked before the body is read; absent: everybody may send reviews. */
  refuse?: RefuseCaller;
}

/** The application behind HTTPS: POST /mutate, /healthz and /readyz. */
export function makeApp({ mutate, readiness, metrics, log, refuse }: AppOptions): Express {
  const app = plainApp();
  app.use((_request, response, next) => {
    // While shutting down, each answer also ends its connection: the API server then opens the next one elsewhere, instead of
    // finding this one closed just as it sends a review.
    if (readiness.shuttingDown()) response.setHeader('Connection', 'close');
    next();
  });
  app.route('/mutate').post(makeReviewRoute(mutate, refuse)).all(onlyMethod('POST'));
  app
    .route('/healthz')
    .get((_request, response) => sendText(response, 200, 'ok'))
    .all(onlyMethod('GET'));
  app
    .route('/readyz')
    .get((_request, response) => {
      const missing = readiness.missing();
      sendText(response, missing.length === 0 ? 200 : 503, missing.length === 0 ? 'ok' : missing.join('\n'));
    })
    .all(onlyMethod('GET'));
  app.use(noSuchPath('POST /mutate, GET /healthz and GET /readyz'));
  app.use(errorHandler(metrics, log));
  return app;
}

/** The application behind plain HTTP: GET /metrics. */
export function makeMetricsApp(metrics: Metrics, log: Logger): Express {
  const app = plainApp();
  app
    .route('/metrics')
    .get(async (_request, response) => {
      response.set('Content-Type', metrics.registry.contentType).send(await metrics.registry.metrics());
    })
    .all(onlyMethod('GET'));
  app.use(noSuchPath('GET /metrics'));
  app.use(errorHandler(metrics, log));
  return app;
}

function plainApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  return app;
}

function onlyMethod(allowed: string): RequestHandler {
  return (request, response) => {
    response.set('Allow', allowed);
    sendText(response, 405, `${request.path} only takes ${allowed}`);
  };
}

function noSuchPath(served: string): RequestHandler {
  return (_request, response) => sendText(response, 404, `there is nothing here; served are ${served}`);
}

/** Answers with one sentence whatever was thrown; express would send HTML with a stack trace. */
function errorHandler(metrics: Metrics, log: Logger): ErrorRequestHandler {
  // express knows an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = refusalOf(error);
    if (!refusal) {
      log.error({ err: error }, 'a bug ended a request');
      return sendText(response, 500, 'dvc-injector failed on this request; its log has the details');
    }
    metrics.decided(refusal.reason);
    if (refusal.code === 503) response.set('Retry-After', retryAfter);
    sendText(response, refusal.code, refusal.message);
  };
}

/** Seconds. The API server's client obeys it, and asks again within the time that it gives a webhook. */
const retryAfter = '1';

/** Null for a bug. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof MalformedReview) return new Refusal(400, error.message);
  // Of express itself, such as for a path with a broken escape.
  const { status } = error as { status?: unknown };
  const isClients = typeof status === 'number' && status >= 400 && status < 500;
  return isClients ? new Refusal(400, 'the request can not be read') : null;
}

function sendText(response: Response, code: number, text: string): void {
  response.status(code).type('text/plain').send(`${text}\n`);
}
