/** Makes the webhook's logger: one line of JSON per event on stdout, from which secrets are redacted. */
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

// None of these is ever logged on purpose. This is the safety net: should a later change log an error object, a request or a
// pod, its environment, annotations or token must not reach the log.
const secretKeys = new Set([
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
]);

/** A logger that writes to `destination`, by default stdout. */
export function makeLogger(destination?: DestinationStream): Logger {
  const options = {
    base: { app: 'dvc-injector' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }), log: redacted },
    // `redacted` has made plain data of errors.
    serializers: { err: (error: unknown) => error },
  };
  return pino(options, destination ?? stdoutByTurns());
}

/** stdout, written once in each turn of the event loop: a write for each line takes longer than the line's making. */
function stdoutByTurns(): DestinationStream {
  const stdout = pino.destination({ sync: true, minLength: 8192 });
  let due = false;
  const flush = () => {
    due = false;
    stdout.flush();
  };
  // Also after an error that nobody caught.
  process.once('exit', () => stdout.flushSync());
  return {
    write(line) {
      stdout.write(line);
      if (!due) setImmediate(flush);
      due = true;
    },
  };
}

/** pino writes nothing that lies deeper. */
const deepest = 5;

/** A copy with each secret censored. pino's own `redact` looks for every path anew for each field of each line. */
function redacted(fields: object, depth = 0): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    copy[key] = secretKeys.has(key) ? '[redacted]' : redactedValue(value, depth);
  }
  return copy;
}

function redactedValue(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== 'object' || depth > deepest) return value;
  if (value instanceof Error) return redacted(stdSerializers.err(value), depth);
  if (Array.isArray(value)) return value.map((each) => redactedValue(each, depth + 1));
  return redacted(value, depth + 1);
}
