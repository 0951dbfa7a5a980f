/** The flags of the commands that read few: one table each, from which they are parsed and completed. Those of fetch and check are theirs. */

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

/** The flags as Node's parser takes them, with `--help`. */
export function parserOptions<T extends Record<string, FlagRow>>(table: T) {
  type Parsed = { [K in keyof T]: { type: 'string'; short?: string } };
  const rows = Object.entries(table).map(([name, { short }]) => [
    name,
    { type: 'string' as const, ...(short === undefined ? {} : { short }) },
  ]);
  return { ...(Object.fromEntries(rows) as Parsed), help: { type: 'boolean' as const, short: 'h' } };
}
