/** The HTTP side of the webhook: its paths, and the sentences with which it refuses a request. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { MalformedReview } from '../admission/review.ts';
import type { Metrics } from './metrics.ts';
import type { Mutate } from './mutate.ts';
import type { Readiness } from './readiness.ts';

export interface AppOptions {
  mutate: Mutate;
  readiness: Readiness;
  metrics: Metrics;
  log: Logger;
}

// The API server itself takes objects of up to 3 MiB, and a review of an update holds two of them.
const bodyLimitMiB = 8;

/** The application behind HTTPS: POST /mutate, /healthz and /readyz. */
export function makeApp({ mutate, readiness, metrics, log }: AppOptions): Express {
  const app = plainApp();
  app.use((_request, response, next) => {
    // While shutting down, each answer also ends its connection: the API server then opens the next one elsewhere, instead of
    // finding this one closed just as it sends a review.
    if (readiness.shuttingDown()) response.set('Connection', 'close');
    next();
  });
  const readJson = express.json({ limit: bodyLimitMiB * 2 ** 20, type: () => true, inflate: false });
  app
    .route('/mutate')
    .post(readJson, async (request, response) => {
      response.json(await mutate(request.body));
    })
    .all(onlyMethod('POST'));
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
    const { code, text } = errorResponse(error);
    if (code === 500) log.error({ err: error }, 'a bug ended a request');
    else metrics.decided('malformed-review');
    sendText(response, code, text);
  };
}

function errorResponse(error: unknown): { code: number; text: string } {
  if (error instanceof MalformedReview) return { code: 400, text: error.message };
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') {
    return { code: 413, text: `the request is larger than ${bodyLimitMiB} MiB, which no review of a pod is` };
  }
  // The parser's own message quotes the body, and a pod's environment may stand there.
  if (type === 'entity.parse.failed') return { code: 400, text: 'the request is no JSON object' };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return {
      code: status === 415 ? 415 : 400,
      text: 'the request can not be read: send a review as uncompressed JSON in UTF-8',
    };
  }
  return { code: 500, text: 'dvc-injector failed on this request; its log has the details' };
}

function sendText(response: Response, code: number, text: string): void {
  response.status(code).type('text/plain').send(`${text}\n`);
}
