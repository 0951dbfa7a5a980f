/** Makes the webhook's logger: one line of JSON per event on stdout, from which secrets are redacted. */
import { writeSync } from 'node:fs';
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

/** Bytes that wait while stdout can't be written; what comes then is lost, as memory would be. */
const mostWaiting = 2 ** 20;

/**
 * stdout, written once in each turn of the event loop: a write for each line takes longer than the line's making. A log
 * that can't be written, as its disk is full, ends nothing: pods are admitted, and its lines follow once there is room.
 */
function stdoutByTurns(): DestinationStream {
  const stdout = pino.destination({ sync: true, minLength: 8192, maxLength: mostWaiting });
  let due = false;
  let failing = false;
  const flush = () => {
    due = false;
    stdout.flush();
  };
  stdout.on('error', ({ message }: Error) => {
    if (!failing) tellOnStderr(`dvc-injector webhook: the log can't be written to stdout: ${message}`);
    failing = true;
  });
  stdout.on('write', () => {
    failing = false;
  });
  // Also after an error that nobody caught. Not by flushSync, which tries for ever on a disk that is full.
  process.once('exit', () => stdout.end());
  return {
    write(line) {
      stdout.write(line);
      if (!due) setImmediate(flush);
      due = true;
    },
  };
}

/** `console.error` ends the process at its second line where stderr lies on a disk that is full. */
function tellOnStderr(sentence: string): void {
  try {
    writeSync(2, `${sentence}\n`);
  } catch {
    // It lies on the disk that stdout lies on, and nobody is left to tell.
  }
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
