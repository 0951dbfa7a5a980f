/** Makes the webhook's logger: one line of JSON per event on stdout, from which secrets are redacted. */
import { type DestinationStream, type Logger, pino } from 'pino';

// None of these is ever logged on purpose. This is the safety net: should a later change log an error object, a request or a
// pod, its environment, annotations or token must not reach the log.
const secretKeys = [
  'annotations',
  'authorization',
  'body',
  'env',
  'headers',
  'key',
  'object',
  'password',
  'spec',
  'token',
];

/** A logger that writes to `destination`, by default stdout. */
export function makeLogger(destination?: DestinationStream): Logger {
  const options = {
    base: { app: 'dvc-injector' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}
