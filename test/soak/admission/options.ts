/** The flags of `npm run soak -- admission`. */
import { parseFlags, UsageError } from '../../support/process/flags.ts';

export interface AttackOptions {
  /** How long it is attacked, in seconds. */
  seconds: number;
  /** How many connections are half open all the time; the other attacks have parts of that number. */
  connections: number;
  /** Good reviews a second. */
  good: number;
  /** Attacks by name; undefined: all. */
  only: readonly string[] | undefined;
  /** Whether the kernel holds it to the chart's memory limit, for which root is needed; else it is only looked at. */
  controlGroup: boolean;
}

export const attackUsage = `npm run soak -- admission [flags]

  --minutes N       how long it is attacked (default 10)
  --connections N   half-open connections at a time; other attacks have parts of that number (default 2000)
  --good N          good reviews a second beside them (default 50)
  --only a,b,…      these attacks only, by their names in the table
`;

/** @throws {UsageError} */
export function readAttackOptions(args: string[]): AttackOptions {
  const text = { type: 'string' } as const;
  const flags = { minutes: text, connections: text, good: text, only: text } as const;
  const values = parseFlags(args, flags);
  return {
    seconds: 60 * positive('--minutes', values.minutes ?? '10'),
    connections: positive('--connections', values.connections ?? '2000'),
    good: positive('--good', values.good ?? '50'),
    controlGroup: true,
    only: values.only?.split(',').map((name) => name.trim()),
  };
}

function positive(flag: string, text: string): number {
  const number = Number(text);
  if (!(number > 0) || !Number.isFinite(number)) throw new UsageError(`${flag} must be a number above 0`);
  return number;
}
