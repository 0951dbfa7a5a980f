/** Runs the init container's command as a real process, with a volume and a scratch folder of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { provideDvc } from '../../../provision/dvc.ts';
import { compiledModules } from '../suites/compile-cache.ts';

const cli = join(import.meta.dirname, '..', '..', '..', 'src', 'cli.ts');

/** What a pod gives the fetch, and what is left of it. */
export interface Place extends AsyncDisposable {
  volume: string;
  scratch: string;
  /** The environment of every fetch; a test may add to it. */
  environment: Record<string, string>;
  /** Starts a fetch of `dataset`, such as `file:///…@<sha>:train`. */
  start(dataset: string, options?: StartOptions): Running;
  /** As `start`, to the end. */
  fetch(dataset: string, options?: StartOptions): Promise<Outcome>;
}

export interface StartOptions {
  flags?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Runs in front of node, such as `unshare …`. */
  prefix?: readonly string[];
  volume?: string;
  /** The repository's own server is listed where it is on loopback, as an admin would have to, unless this says not. */
  unlisted?: boolean;
}

/** A fetch under way. */
export interface Running {
  process: ChildProcess;
  /** What it logged so far. */
  log: LogLine[];
  ended: Promise<Outcome>;
}

export type LogLine = Record<string, unknown> & { level: string; msg: string };

export interface Outcome {
  /** Null where a signal ended it. */
  exitCode: number | null;
  log: LogLine[];
  /** All that it printed, on either stream. */
  output: string;
  /** What the kubelet would show. */
  terminationMessage: string;
}

/** Makes a place in a temporary folder that anybody may enter. */
export async function makePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-place-'));
  const { bin } = await provideDvc();
  const [volume, scratch] = [join(folder, 'volume'), join(folder, 'scratch')];
  mkdirSync(volume);
  mkdirSync(scratch);
  const environment = { PATH: [bin, process.env.PATH].join(delimiter), ...compiledModules() };
  let started = 0;
  const start = (dataset: string, options: StartOptions = {}): Running => {
    started += 1;
    const terminationLog = join(folder, `termination-log-${started}`);
    writeFileSync(terminationLog, '');
    chmodSync(terminationLog, 0o666); // as the kubelet makes it
    const flags = ['--dataset', dataset, '--volume', options.volume ?? volume, '--scratch', scratch];
    const rules = withGitServer(dataset, ['--allow-scheme', 'file', ...(options.flags ?? [])], options);
    const [program = '', ...args] = [...(options.prefix ?? []), process.execPath, cli, 'fetch', ...flags, ...rules];
    const child = spawn(program, args, {
      env: { ...environment, DVC_INJECTOR_TERMINATION_LOG: terminationLog, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running: Running = { process: child, log: [], ended: ending(child, terminationLog, () => running.log) };
    follow(child, running.log);
    return running;
  };
  return {
    volume,
    scratch,
    environment,
    start,
    fetch: (dataset, options) => start(dataset, options).ended,
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The flags, with the git server of a test among the listed ones. Of a repeated flag the last counts. */
function withGitServer(dataset: string, flags: readonly string[], { unlisted = false }: StartOptions): string[] {
  const wanted = flags.findLast((flag) => flag.startsWith('--dataset='))?.slice('--dataset='.length) ?? dataset;
  const [, scheme, host] =
    /^(https?|ssh):\/\/(?:[^@/]*@)?((?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]+)?)\//.exec(wanted) ?? [];
  if (unlisted || host === undefined) return [...flags];
  const at = flags.lastIndexOf('--allow-endpoint');
  const listed = [at < 0 ? '' : (flags[at + 1] ?? ''), `${scheme}://${host}`].filter((entry) => entry !== '');
  return [...flags, '--allow-endpoint', listed.join(',')];
}

/** Every regular file below a folder, by relative path. */
export function filesBelow(folder: string): Record<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)]));
}

/** The only published dataset as a container would see it; undefined where none is published. */
export function publishedFolder(volume: string): string | undefined {
  const datasets = join(volume, 'datasets');
  const [pointer] = existsSync(datasets) ? readdirSync(datasets) : [];
  if (pointer === undefined) return undefined;
  if (!lstatSync(join(datasets, pointer)).isSymbolicLink()) return undefined;
  return existsSync(join(datasets, pointer)) ? join(datasets, pointer) : undefined;
}

/** Names below `folder` that ought not to be there after a run: unfinished work. */
export function leftovers({ volume, scratch }: Pick<Place, 'volume' | 'scratch'>): string[] {
  const staging = join(volume, 'staging');
  return [...(existsSync(staging) ? readdirSync(staging) : []), ...readdirSync(scratch)];
}

function follow(child: ChildProcess, log: LogLine[]): void {
  let rest = '';
  child.stdout?.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    log.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine));
  });
}

function ending(child: ChildProcess, terminationLog: string, log: () => LogLine[]): Promise<Outcome> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve({ exitCode, log: log(), output, terminationMessage: readFileSync(terminationLog, 'utf8').trim() });
    });
  });
}
