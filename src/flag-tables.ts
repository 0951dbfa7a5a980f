/** Flags as tables, from which they are parsed and completed: those of the commands that read few stand here, those of fetch and check are theirs. */

/** A flag by its name; `value` is what its value is called, none for a switch. */
export interface FlagRow {
  value?: string;
  short?: string;
}

export const webhookFlags = {
  config: { value: 'FILE' },
  drain: { value: 'DURATION' },
} as const satisfies Record<string, FlagRow>;

export const injectFlags = {
  file: { value: 'FILE', short: 'f' },
  config: { value: 'FILE' },
  namespace: { value: 'NAME', short: 'n' },
} as const satisfies Record<string, FlagRow>;

type Parsed<R extends FlagRow> = { type: R extends { value: string } ? 'string' : 'boolean'; short?: string };

/** The flags as Node's parser takes them: those with a value as texts, the others as switches. */
export function parserOptions<T extends Readonly<Record<string, FlagRow>>>(table: T) {
  const rows = Object.entries(table).map(([name, { value, short }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) },
  ]);
  return Object.fromEntries(rows) as { [K in keyof T]: Parsed<T[K]> };
}

/** As every command has it. */
export const helpOption = { help: { type: 'boolean', short: 'h' } } as const;
