/** The flags of `dvc-injector fetch`, each with its environment twin; the reference page is generated from this table. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { durationSeconds } from '../config/duration.ts';
import { quantityValue } from '../config/quantity.ts';
import {
  cloudEndpointAdvice,
  cloudEndpointForm,
  endpointAdvice,
  endpointForm,
  regionAdvice,
  regionForm,
  remoteUrlAdvice,
  remoteUrlForm,
} from '../config/values.ts';
import { defaultDirectories, parseDirectories } from '../dataset/directories.ts';
import { type DatasetIdentity, identifyDataset } from '../dataset/identity.ts';
import { InvalidReference } from '../dataset/invalid-reference.ts';
import { defaultRules, parseReference } from '../dataset/reference.ts';
import { isRemoteName, remoteNameAdvice } from '../dataset/remote-name.ts';
import type { Scheme } from '../dataset/repository.ts';
import { type FetchVariable, type FetchVariableName, keyVariable } from '../fetch-variables.ts';
import { parserOptions } from '../flag-tables.ts';
import { FetchFailure } from './failure/fetch-failure.ts';
import type { FallbackRemote } from './remote/choose-remote.ts';

interface OptionRow {
  /** The environment twin; a flag wins over it. */
  env: FetchVariable;
  /** What stands where neither is given, as people would write it. */
  default: string;
  /** What the value is called in the usage text; none for a switch. */
  value?: string;
  meaning: string;
}

/** Every flag, in the order of the reference page. */
export const fetchOptions = {
  dataset: row('DATASET', '', 'REFERENCE', 'The dataset, as `<repo>@<full sha>:<split>`. Required.'),
  volume: row('VOLUME', '/mnt', 'FOLDER', 'Where the shared volume is mounted.'),
  scratch: row(
    'SCRATCH',
    '',
    'FOLDER',
    "Node-local folder for unfinished work, never on the volume; the system's temporary folder unless given.",
  ),
  'scratch-limit': row(
    'SCRATCH_LIMIT',
    '',
    'QUANTITY',
    'How much the scratch folder may hold, such as `10Gi`; the fetch uses at most 80 % of it, and less of a small one. Unless given, as much of what is free.',
  ),
  'data-dir': row(
    'DATA_DIR',
    defaultDirectories.dataDir,
    'PATH',
    "The repository's path whose data is fetched: all that DVC tracks at, below or around it.",
  ),
  'split-dir': row('SPLIT_DIR', defaultDirectories.splitDir, 'PATH', "The repository's folder of lists."),
  remote: row(
    'REMOTE',
    '',
    'NAME',
    "The DVC remote to fetch from, as `dvc pull -r`: it replaces the commit's default; an output's own remote stays its own.",
  ),
  'fallback-remote': row(
    'FALLBACK_REMOTE',
    '',
    'URL',
    "The admin's remote for this repository. It replaces a default that the commit lacks, that is a local folder, or of a type that can't be fetched from; its own server counts as listed.",
  ),
  'fallback-region': row('FALLBACK_REGION', '', 'REGION', 'Region of an `s3` remote of --fallback-remote.'),
  'fallback-endpoint': row(
    'FALLBACK_ENDPOINT',
    '',
    'ENDPOINT',
    'Server of an `s3` or `gs` remote of --fallback-remote, such as `https://minio.example.com:9000`.',
  ),
  jobs: row('JOBS', '64', 'NUMBER', 'How many objects are transferred at once.'),
  'git-secret-dir': row(
    'GIT_SECRET_DIR',
    '',
    'FOLDER',
    'A mounted Secret of type kubernetes.io/basic-auth or ssh-auth (with known_hosts), perhaps with the one server (host) that it is for; it may be empty.',
  ),
  'remote-secret-dir': row(
    'REMOTE_SECRET_DIR',
    '',
    'FOLDER',
    'A mounted Secret with the credentials of the DVC remote, under the keys of its type; it may be empty. Variables of the same names go before it, unless they are empty.',
  ),
  'allow-scheme': row(
    'ALLOW_SCHEME',
    '',
    'SCHEMES',
    'Further schemes a repository may have: `file`, `http` or both with a comma. `file` also allows DVC remotes in local folders.',
  ),
  'allow-endpoint': row(
    'ALLOW_ENDPOINT',
    '',
    'ENDPOINTS',
    "Servers other than the cloud's own that a DVC remote may name, and those at a loopback or link-local address, also git's, with commas: origins such as `https://minio.example.com:9000`, or hosts, each for `https` and `ssh` only.",
  ),
  'ca-bundle': row('CA_BUNDLE', '', 'FILE', "PEM certificates that are trusted beside the system's own."),
  'wait-timeout': row('WAIT_TIMEOUT', '6h', 'DURATION', 'How long to wait for another fetcher of the same dataset.'),
  verify: row(
    'VERIFY',
    'false',
    undefined,
    'Compare every byte that is published with what the commit names, and mend what is wrong.',
  ),
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof fetchOptions;

/** Gives a flag's value as it was written, or its variable's, or the default. */
export type OptionValues = (name: OptionName) => string;

/** What a fetch is asked to do. Folders are absolute. */
export interface FetchOptions extends DatasetIdentity, FetchSettings {}

/** All of it but the dataset. */
export interface FetchSettings {
  volume: string;
  scratch: string;
  /** Bytes; null where only the disk is a limit. */
  scratchLimit: number | null;
  jobs: number;
  gitSecretDir: string | null;
  remoteSecretDir: string | null;
  schemes: readonly Scheme[];
  endpoints: readonly string[];
  /** The name of a remote that replaces the commit's default. */
  remote: string | null;
  fallback: FallbackRemote | null;
  caBundle: string | null;
  waitSeconds: number;
  verify: boolean;
}

/**
 * Reads flags and environment; of a repeated flag the last counts.
 * @throws {FetchFailure} `usage`, or `configuration` where DVC_INJECTOR_KEY is another dataset's
 */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): FetchOptions {
  const { value } = readFlags('fetch', args, environment);
  const settings = readSettings(value, 'fetch');
  const dataset = readDataset(value, settings.schemes);
  requireSameKey(dataset.key, environment[keyVariable]);
  return { ...dataset, ...settings };
}

/**
 * What stands beside the dataset, for the command of this name.
 * @throws {FetchFailure} `usage`
 */
export function readSettings(value: OptionValues, command: string): FetchSettings {
  const refused: Refused = (name, what) =>
    new FetchFailure('usage', `--${name} (${fetchOptions[name].env}) ${what}; see dvc-injector ${command} --help`);
  const extra = commaList(value('allow-scheme')).map((scheme) => {
    if (scheme === 'file' || scheme === 'http') return scheme;
    throw refused('allow-scheme', 'must be file, http or both with a comma');
  });
  const schemes = [...defaultRules.schemes, ...extra];
  const jobs = Number(value('jobs'));
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 256) throw refused('jobs', 'must be a number from 1 to 256');
  const scratchLimit = value('scratch-limit') === '' ? null : quantityValue(value('scratch-limit'));
  if (scratchLimit !== null && scratchLimit <= 0) throw refused('scratch-limit', 'must be more than nothing');
  if (scratchLimit === null && value('scratch-limit') !== '')
    throw refused('scratch-limit', 'must be a quantity such as 500Mi or 10Gi');
  const waitSeconds = durationSeconds(value('wait-timeout'));
  if (waitSeconds === null) throw refused('wait-timeout', 'must be a duration such as 90s, 30m or 6h');
  const verify = value('verify').toLowerCase();
  if (!['true', '1', 'false', '0'].includes(verify)) throw refused('verify', 'must be true or false');
  const endpoints = commaList(value('allow-endpoint'));
  if (!endpoints.every((endpoint) => endpointForm.test(endpoint))) throw refused('allow-endpoint', endpointAdvice);
  return {
    volume: resolve(value('volume')),
    scratch: resolve(value('scratch') || tmpdir()),
    scratchLimit,
    jobs,
    gitSecretDir: pathOf(value('git-secret-dir')),
    remoteSecretDir: pathOf(value('remote-secret-dir')),
    schemes,
    endpoints,
    remote: readRemoteName(value('remote'), refused),
    fallback: readFallback(value, refused),
    caBundle: pathOf(value('ca-bundle')),
    waitSeconds,
    verify: verify === 'true' || verify === '1',
  };
}

/** The lines of `--help` for these flags. */
export function optionLines(names: readonly OptionName[] = Object.keys(fetchOptions) as OptionName[]): string[] {
  return names.map((name) => {
    const option: OptionRow = fetchOptions[name];
    const flag = `--${name}${option.value ? ` ${option.value}` : ''}`;
    return `  ${flag.padEnd(28)}${option.meaning} [${option.env}${option.default ? `, default ${option.default}` : ''}]`;
  });
}

/** The text of `dvc-injector fetch --help`. */
export function fetchUsage(): string {
  return [
    'dvc-injector fetch: puts one dataset on the shared volume',
    '',
    "  It is the init container's command, which gets the variables of the flags.",
    '',
    'usage: dvc-injector fetch --dataset <repo>@<full sha>:<split> [flags]',
    '',
    'examples:',
    '  dvc-injector fetch --dataset https://git.example.com/ml/images@<full sha>:train --volume /mnt',
    "  dvc-injector fetch --dataset 'https://git.example.com/ml/images@<full sha>:*' --volume /mnt --verify",
    '',
    'flags:',
    ...optionLines(),
    '',
  ].join('\n');
}

function row(env: FetchVariableName, standard: string, value: string | undefined, meaning: string): OptionRow {
  return { env: `DVC_INJECTOR_${env}`, default: standard, meaning, ...(value === undefined ? {} : { value }) };
}

/** The flags of the table and `further` ones of the command, as Node's parser takes them. */
export interface ReadFlags {
  value: OptionValues;
  /** The further ones that were given. */
  further: Readonly<Record<string, FlagValue>>;
  positionals: readonly string[];
  /** Whether the flag or its variable was given. */
  isGiven(name: OptionName): boolean;
}

type FlagValue = string | boolean | (string | boolean)[] | undefined;

/** @throws {FetchFailure} `usage` for a flag that there is not */
export function readFlags(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  further: NonNullable<ParseArgsConfig['options']> | null = null,
): ReadFlags {
  let given: Readonly<Record<string, FlagValue>>;
  let positionals: string[];
  try {
    const options = { ...parserOptions<Readonly<Record<string, OptionRow>>>(fetchOptions), ...further };
    const parsed = parseArgs({ args, options, strict: true, allowPositionals: further !== null, allowNegative: true });
    given = parsed.values;
    positionals = parsed.positionals;
  } catch (error) {
    throw new FetchFailure('usage', `${firstSentence(error)}; see dvc-injector ${command} --help`, { cause: error });
  }
  return {
    // An empty variable counts as none: a manifest can't leave one out conditionally.
    value: (name) => String(given[name] ?? (environment[fetchOptions[name].env] || fetchOptions[name].default)),
    further: given,
    positionals,
    isGiven: (name) => Boolean(given[name] ?? environment[fetchOptions[name].env]),
  };
}

/**
 * The dataset that the flags name. `aliases` are the admin's short names, which only the webhook resolves otherwise.
 * @throws {FetchFailure} `usage`
 */
export function readDataset(
  value: OptionValues,
  schemes: readonly Scheme[],
  aliases: Readonly<Record<string, string>> = {},
): DatasetIdentity {
  try {
    const reference = parseReference(value('dataset'), { schemes, aliases });
    const directories = parseDirectories({ dataDir: value('data-dir'), splitDir: value('split-dir') });
    return identifyDataset(reference, directories);
  } catch (error) {
    if (error instanceof InvalidReference) throw new FetchFailure('usage', error.message, { cause: error });
    throw error;
  }
}

/** The failure of a value that can't be used. */
type Refused = (name: OptionName, what: string) => FetchFailure;

function readRemoteName(written: string, refused: Refused): string | null {
  if (written === '') return null;
  if (!isRemoteName(written)) throw refused('remote', remoteNameAdvice);
  return written;
}

function readFallback(value: OptionValues, refused: Refused): FallbackRemote | null {
  const [url, region, endpoint] = [value('fallback-remote'), value('fallback-region'), value('fallback-endpoint')];
  if (url === '' && region === '' && endpoint === '') return null;
  if (!remoteUrlForm.test(url)) throw refused('fallback-remote', remoteUrlAdvice);
  if (region !== '' && !regionForm.test(region)) throw refused('fallback-region', regionAdvice);
  if (endpoint !== '' && !cloudEndpointForm.test(endpoint)) throw refused('fallback-endpoint', cloudEndpointAdvice);
  return { url, region: region || null, endpoint: endpoint || null };
}

function requireSameKey(key: string, injected: string | undefined): void {
  if (!injected || injected === key) return;
  throw new FetchFailure(
    'configuration',
    `the webhook injected the key ${injected.slice(0, 64)} but this fetcher computes ${key}: the webhook and the fetcher image are of different versions, so give both the same one`,
  );
}

function pathOf(value: string): string | null {
  return value === '' ? null : resolve(value);
}

function commaList(text: string): string[] {
  return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
}

function firstSentence(error: unknown): string {
  return ((error as Error).message.split('\n')[0] ?? '').split('. ')[0] ?? '';
}
