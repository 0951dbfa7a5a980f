/** The fetch's log: one line of JSON per event for a cluster's collectors, plain lines for a person at a terminal. */
import { type Logger, type LoggerOptions, pino } from 'pino';
import { escapedJson, oneLine } from '../../text.ts';
import { hider, type Redact, redactor } from './redact.ts';
import { secretsOf } from './secrets.ts';
import { openTerminal, type Terminal, type TerminalStream } from './terminal.ts';

/** `terminal` is there where a person reads: sentences instead of fields, and a live line for progress. */
export type Log = Logger & { terminal?: Terminal };

/** The log of a whole command, which keeps the one list of its secrets. */
export interface Secrecy {
  /** Adds a secret that is not in the environment. */
  hide(secret: string): void;
  /** A text for elsewhere than the log, such as the pod's status, as `redactor` cleans it. */
  redact: Redact;
}

/** What every step that may take long is given. */
export interface StepContext {
  log: Log;
  /** Ends the step, which then throws its reason: the failure to end with. */
  signal: AbortSignal;
}

/** Bytes that wait while stdout can't be written. */
const mostWaiting = 2 ** 20;

/**
 * Writes to stdout, as this is all that the command has to say and kubectl logs merges both streams. Synchronously:
 * an init container's last line must not be lost when the process ends. No secret gets through, whoever logs it: tools
 * and servers repeat them in their messages.
 */
export function createLog(
  out: TerminalStream & { isTTY?: boolean; fd: number } = process.stdout,
  environment: NodeJS.ProcessEnv = process.env,
): Log & Secrecy {
  const told: string[] = [];
  let hideAll = hider(secretsOf(environment));
  const secrecy: Secrecy = {
    hide(secret) {
      told.push(secret);
      hideAll = hider([...secretsOf(environment), ...told]);
    },
    redact: (text) => redactor(environment, told)(text),
  };
  const hooks: LoggerOptions['hooks'] = {
    logMethod(args, method) {
      method.apply(this, args.map((arg) => cleaned(arg, hideAll)) as typeof args);
    },
  };
  const options: LoggerOptions = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!out.isTTY) {
    const lines = pino.destination({ fd: out.fd, sync: true, maxLength: mostWaiting });
    lines.on('error', () => {}); // its disk is full: exit code and termination message still say how the fetch ends
    return Object.assign(pino({ ...options, hooks: { ...hooks, streamWrite: escapedJson } }, lines), secrecy);
  }
  const terminal = openTerminal(out, environment);
  const lines = { write: (line: string) => terminal.print(readable(line)) };
  return Object.assign(pino({ ...options, hooks }, lines), { terminal, ...secrecy });
}

/** A copy of whatever is logged, each string in it without secrets. */
function cleaned(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) return redact(String(value.stack));
  if (Array.isArray(value)) return value.map((each) => cleaned(each, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, cleaned(each, redact)]));
}

/** On one line whatever a repository named its files: a control character would command the terminal. */
function readable(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const prefix = level === 'info' ? '' : `${String(level).toUpperCase()} `;
  return oneLine(`${clock} ${prefix}${[String(msg), ...rest].join('  ')}`);
}
