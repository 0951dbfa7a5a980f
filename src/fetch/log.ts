/** The fetch's log: one line of JSON per event for a cluster's collectors, plain lines for a person at a terminal. */
import { type Logger, pino } from 'pino';
import { oneLine } from '../text.ts';
import { openTerminal, type Terminal, type TerminalStream } from './terminal.ts';

/** `terminal` is there where a person reads: sentences instead of fields, and a live line for progress. */
export type Log = Logger & { terminal?: Terminal };

/**
 * Writes to stdout, as this is all that the command has to say and kubectl logs merges both streams. Synchronously:
 * an init container's last line must not be lost when the process ends.
 */
export function createLog(
  out: TerminalStream & { isTTY?: boolean; fd: number } = process.stdout,
  environment: NodeJS.ProcessEnv = process.env,
): Log {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!out.isTTY) {
    return pino({ ...options, hooks: { streamWrite: escaped } }, pino.destination({ fd: out.fd, sync: true }));
  }
  const terminal = openTerminal(out, environment);
  return Object.assign(pino(options, { write: (line: string) => terminal.print(readable(line)) }), { terminal });
}

/** JSON leaves these as they are, but a terminal that shows the log obeys them. All stand within strings. */
function escaped(line: string): string {
  return line.replaceAll(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** On one line whatever a repository named its files: a control character would command the terminal. */
function readable(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const mark = level === 'info' ? '' : `${String(level).toUpperCase()} `;
  return oneLine(`${clock} ${mark}${[String(msg), ...rest].join('  ')}`);
}
