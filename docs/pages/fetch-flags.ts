/** The reference page of the init container's flags and the environment variables that set the same. */
import { fetchOptions } from '../../src/fetch/options.ts';
import { page, table } from './page.ts';

export function fetchFlagsPage(): string {
  const rows = Object.entries(fetchOptions).map(([name, row]) => [
    `\`--${name}${row.value ? ` ${row.value}` : ''}\``,
    `\`${row.env}\``,
    name === 'scratch' ? "the system's folder for temporary files" : row.default === '' ? '–' : `\`${row.default}\``,
    row.meaning,
  ]);
  return page(
    'Flags of `dvc-injector fetch`',
    'src/fetch/options.ts',
    'Each flag has an environment variable, which the injected init container uses; a flag wins over it, of a repeated flag the last counts, and an empty variable counts as none.',
    table(['flag', 'variable', 'default', 'meaning'], rows),
  );
}
