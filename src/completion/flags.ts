/** The flags of every command, from the commands' own tables: what a shell completes. */
import { checkOptions, sharedOptions } from '../check/options.ts';
import { fetchOptions } from '../fetch/options.ts';
import { type FlagRow, injectFlags, webhookFlags } from '../flag-tables.ts';

/** A flag with its dashes; `isFile` where its value is a file or a folder. */
export interface CompletedFlag {
  flag: string;
  takesValue: boolean;
  isFile: boolean;
}

/** Each command with its flags. */
export function completedCommands(): ReadonlyMap<string, readonly CompletedFlag[]> {
  const shared = sharedOptions.map((name) => [name, fetchOptions[name]] as const);
  return new Map([
    ['webhook', flagsOf(Object.entries<FlagRow>(webhookFlags))],
    ['fetch', flagsOf(Object.entries<FlagRow>(fetchOptions))],
    ['check', flagsOf([...shared, ...Object.entries<FlagRow>(checkOptions)])],
    ['inject', flagsOf(Object.entries<FlagRow>(injectFlags))],
    ['completion', []],
  ]);
}

function flagsOf(rows: readonly (readonly [string, FlagRow])[]): CompletedFlag[] {
  const all = rows.flatMap(([name, { value, short }]) => {
    const about = { takesValue: value !== undefined, isFile: value === 'FILE' || value === 'FOLDER' };
    return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].map((flag) => ({ flag, ...about }));
  });
  return [...all, { flag: '--help', takesValue: false, isFile: false }];
}
