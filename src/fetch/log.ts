/** The fetch's log: one line of JSON per event for a cluster's collectors, plain lines for a person at a terminal. */
import { type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * Writes to stdout, as this is all that the command has to say and kubectl logs merges both streams. Synchronously:
 * an init container's last line must not be lost when the process ends.
 */
export function createLog(out: NodeJS.WriteStream & { fd: number } = process.stdout): Log {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (out.isTTY) return pino(options, { write: (line: string) => void out.write(readable(line)) });
  return pino(options, pino.destination({ fd: out.fd, sync: true }));
}

function readable(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const mark = level === 'info' ? '' : `${String(level).toUpperCase()} `;
  return `${clock} ${mark}${[String(msg), ...rest].join('  ')}\n`;
}
