/** The flags of `dvc-injector check`: those of `fetch` that mean the same, from its own table, and its own. */
import { quantityValue } from '../config/quantity.ts';
import { FetchFailure } from '../fetch/failure/fetch-failure.ts';
import {
  type FetchSettings,
  type OptionName,
  optionLines,
  type ReadFlags,
  readFlags,
  readSettings,
} from '../fetch/options.ts';
import { parserOptions } from '../flag-tables.ts';
import type { Rates } from './estimate.ts';

/** Flags of `fetch` that mean the same here. */
export const sharedOptions = [
  'data-dir',
  'split-dir',
  'remote',
  'fallback-remote',
  'fallback-region',
  'fallback-endpoint',
  'volume',
  'scratch',
  'scratch-limit',
  'jobs',
  'git-secret-dir',
  'remote-secret-dir',
  'allow-scheme',
  'allow-endpoint',
  'ca-bundle',
] as const satisfies readonly OptionName[];

interface CheckOption {
  value?: string;
  short?: string;
  default: string;
  meaning: string;
}

/** The further ones. */
export const checkOptions: Readonly<Record<string, CheckOption>> = {
  file: {
    value: 'FILE',
    short: 'f',
    default: '',
    meaning:
      'Manifests whose annotated pods and pod templates are checked, `-` for stdin; may be repeated. Their annotations name the data and list directories.',
  },
  local: {
    default: 'false',
    meaning:
      'Check a working copy, the current folder or the PATH that is given: whether HEAD and its data are pushed; prints the annotation to paste.',
  },
  split: { value: 'SPLIT', default: '*', meaning: 'The split to check with --local.' },
  config: {
    value: 'FILE',
    default: '',
    meaning:
      "The webhook's configuration: its aliases, schemes, endpoints and remotes for repositories are then known.",
  },
  output: { value: 'FORMAT', short: 'o', default: 'table', meaning: 'What to print: `table`, `json` or `yaml`.' },
  'own-credentials': {
    default: 'true',
    meaning:
      "Use the user's own git credential helpers, ssh, and the clouds' own files such as ~/.aws where no Secret's folder is named; `--no-own-credentials` leaves what an init container has.",
  },
  'files-per-second': { value: 'NUMBER', default: '400', meaning: 'What the estimate assumes: files a second.' },
  'bytes-per-second': { value: 'QUANTITY', default: '50Mi', meaning: 'What the estimate assumes: bytes a second.' },
};

export interface CheckFlags {
  settings: FetchSettings;
  flags: ReadFlags;
  /** References, or with `isLocal` at most one path. */
  positionals: readonly string[];
  files: string[];
  isLocal: boolean;
  split: string;
  config: string | null;
  output: 'table' | 'json' | 'yaml';
  ownCredentials: boolean;
  hasVolume: boolean;
  rates: Rates;
}

/** @throws {FetchFailure} `usage` */
export function readCheckFlags(args: readonly string[], environment: NodeJS.ProcessEnv): CheckFlags {
  const { file, ...others } = parserOptions(checkOptions);
  const further = { ...others, file: { type: 'string' as const, ...file, multiple: true } };
  const flags = readFlags('check', args, environment, further);
  const text = (name: string) => String(flags.further[name] ?? checkOptions[name]?.default ?? '');
  const output = text('output');
  if (output !== 'table' && output !== 'json' && output !== 'yaml') throw wrong('-o must be table, json or yaml');
  const files = [flags.further.file ?? []].flat().map(String);
  const isLocal = flags.further.local === true;
  const dataset = flags.value('dataset');
  const positionals = [...(dataset === '' ? [] : [dataset]), ...flags.positionals];
  if (isLocal && (positionals.length > 1 || files.length > 0)) throw wrong('--local takes one path, and no -f');
  if (!isLocal && positionals.length === 0 && files.length === 0) throw wrong('name a dataset, -f FILE or --local');
  return {
    settings: readSettings(flags.value, 'check'),
    flags,
    positionals,
    files,
    isLocal,
    split: text('split'),
    config: text('config') || null,
    output,
    ownCredentials: flags.further['own-credentials'] !== false,
    hasVolume: flags.isGiven('volume'),
    rates: {
      filesPerSecond: positive(text('files-per-second'), '--files-per-second'),
      bytesPerSecond: positive(text('bytes-per-second'), '--bytes-per-second'),
    },
  };
}

function positive(text: string, flag: string): number {
  const value = quantityValue(text);
  if (value === null || value <= 0) throw wrong(`${flag} must be a quantity greater than 0, such as 400 or 50Mi`);
  return value;
}

function wrong(why: string): FetchFailure {
  return new FetchFailure('usage', `${why}; see dvc-injector check --help`);
}

/** The text of `dvc-injector check --help`. */
export function checkUsage(): string {
  const own = Object.entries(checkOptions).map(([name, { value, short, default: standard, meaning }]) => {
    const flag = `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
    return `  ${flag.padEnd(28)}${meaning}${standard ? ` [default ${standard}]` : ''}`;
  });
  return [
    'dvc-injector check: finds out all that a fetch would find out, without data',
    '',
    'usage: dvc-injector check REFERENCE… | -f FILE… | --local [PATH]  [flags]',
    '',
    'examples:',
    '  dvc-injector check https://git.example.com/ml/images@<full sha>:train',
    '  dvc-injector check -f train.yaml -o json',
    '  dvc-injector check --local --split train',
    '',
    'flags:',
    ...own,
    '',
    'flags of fetch, which mean the same:',
    ...optionLines(sharedOptions),
    '',
  ].join('\n');
}
