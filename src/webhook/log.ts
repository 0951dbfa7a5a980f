/** The webhook's log: one line of JSON per event on stdout, and no place in it for secrets. */
import { type DestinationStream, type Logger, pino } from 'pino';

// Nothing of this is ever logged on purpose. The list is the net below: an error object, a request or a pod that somebody
// hands to the logger later must not carry environment, annotations or a token into it.
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
