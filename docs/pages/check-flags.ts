/** The reference page of the flags of `check`. */
import { checkOptions, sharedOptions } from '../../src/check/options.ts';
import { fetchOptions } from '../../src/fetch/options.ts';
import { page, table } from './page.ts';

export function checkFlagsPage(): string {
  const own = Object.entries(checkOptions).map(([name, { value, short, default: standard, meaning }]) => [
    `\`${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}\``,
    standard === '' ? '–' : `\`${standard}\``,
    meaning,
  ]);
  const shared = sharedOptions.map((name) => [
    `\`--${name}\``,
    `\`${fetchOptions[name].env}\``,
    fetchOptions[name].meaning,
  ]);
  return page(
    'Flags of `dvc-injector check`',
    'src/check/options.ts',
    'What it finds out, and how: [Check](../check.md). Of a repeated flag the last counts, but for `-f`.',
    table(['flag', 'default', 'meaning'], own),
    'These mean what they mean for [`fetch`](fetch-flags.md), and so do their variables. There is no volume unless one is named.',
    table(['flag', 'variable', 'meaning'], shared),
  );
}
