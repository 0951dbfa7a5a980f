/** The fixture an attack is made on: a hostile repository, today's tools, our fetch, and watches on all that neither may touch. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storeObject } from '../dataset/objects.ts';
import { makeRawRepository, type RawFile, type RawRepository } from '../dataset/raw-repository.ts';
import {
  filesBelow,
  leftovers,
  makePlace,
  type Outcome,
  type Place,
  publishedFolder,
  type StartOptions,
} from '../fetch/fetcher.ts';
import { smallScratch } from './small-scratch.ts';
import { makeTeam, type Source, type Team } from './todays-tools.ts';

export interface AttackOptions extends StartOptions {
  /** `*` unless said otherwise. */
  split?: string;
  /** Called while the fetch runs, with its process id. */
  during?: (pid: number) => void;
  /** Megabytes of a scratch of its own; that of the machine unless said. */
  scratch?: number;
}

/** One attack's own. Whatever it makes lies below `folder` and goes with it. */
export interface AttackFixture extends AsyncDisposable {
  folder: string;
  /** A path that does not exist: an attack that works makes a file here. */
  canary: string;
  /** A file of the node that no dataset may read; `secret` is in it. */
  secretFile: string;
  secret: string;
  /** A DVC remote in a local folder. */
  remote: string;
  team: Team;
  /** A bare repository of exactly these files. */
  repository(files: Readonly<Record<string, RawFile>>): Promise<RawRepository>;
  /** Shows that the attack works against what teams run today: after `attempt`, `fired` must be true. */
  worksToday(attempt: () => Promise<unknown>, fired?: () => boolean): Promise<void>;
  /** Says why today's tools withstand this one, or where there is no tool of today to compare with. */
  harmlessToday(reason: string): void;
  /** Our fetch refuses: this exit code, this sentence, nothing published, nothing left, nothing touched. */
  refused(source: Source | string, exitCode: number, sentence: RegExp, options?: AttackOptions): Promise<Outcome>;
  /** As `refused`, for an outcome that the attack judges itself; nothing may be published unless it ended with 0. */
  run(source: Source | string, options?: AttackOptions): Promise<Outcome>;
  /** As `run` on a terminal, which ends its lines otherwise: the program must end with this code and send it no sequence. */
  endsOnTerminal(source: Source | string, exitCode: number, options?: AttackOptions): Promise<void>;
  /** Our fetch succeeds, as the attack is of no effect; returns the published files by path. */
  fetched(source: Source | string, options?: AttackOptions): Promise<Outcome & { files: Record<string, Buffer> }>;
}

/** What an attack did, so that none passes without having shown both halves. */
export interface Account {
  today: number;
  ours: number;
}

const volumeFolders = ['cache', 'datasets', 'staging', 'state', 'trees'];

/** Runs a command on a terminal of its own, and ends with its exit code. */
const onTerminal = [
  'python3',
  '-c',
  'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))',
];

/** Prepares the fixture below `root`. `compiled` is a folder where one fetch leaves node's compiled modules to the next. */
export async function makeAttackFixture(
  root: string,
  compiled: string,
): Promise<{ fixture: AttackFixture; account: Account }> {
  const folder = mkdtempSync(join(root, 'attack-'));
  const [canary, secretFile, remote] = ['canary', 'secret.txt', 'remote'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const secret = `secret-of-the-node-${Math.random().toString(36).slice(2)}`;
  writeFileSync(secretFile, `${secret}\n`);
  mkdirSync(remote);
  const account = { today: 0, ours: 0 };
  const ended: AsyncDisposable[] = [];
  const fired = () => existsSync(canary);

  const run = async (source: Source | string, options: AttackOptions): Promise<[Place, Outcome]> => {
    account.ours += 1;
    assert.ok(!fired(), 'the canary is set before the fetch begins');
    const place = await makePlace();
    ended.push(place);
    const { split = '*', during, scratch, ...start } = options;
    start.environment = { NODE_COMPILE_CACHE: compiled, ...start.environment };
    if (scratch !== undefined) start.prefix = smallScratch(place.scratch, scratch);
    const reference = typeof source === 'string' ? source : `${source.url}@${source.sha}:${split}`;
    // By the form that takes any text; of a repeated flag the last counts.
    const flags = [...(start.flags ?? []), `--dataset=${reference}`];
    const running = place.start('', { ...start, flags });
    const watch = setInterval(() => during?.(running.process.pid ?? 0), 20);
    const outcome = await running.ended.finally(() => clearInterval(watch));
    watchPlace(place, outcome);
    watchOutput(
      start.prefix === onTerminal ? { ...outcome, output: outcome.output.replaceAll('\r\n', '\n') } : outcome,
    );
    assert.ok(!fired(), `the canary fired:\n${outcome.output}`);
    for (const [path, bytes] of Object.entries(filesBelow(place.volume))) {
      assert.ok(!bytes.includes(secret), `the secret is on the volume, in ${path}`);
    }
    assert.ok(!outcome.output.includes(secret) && !outcome.terminationMessage.includes(secret), 'the secret is told');
    return [place, outcome];
  };

  const fixture: AttackFixture = {
    folder,
    canary,
    secretFile,
    secret,
    remote,
    team: await makeTeam(join(folder, 'team')),
    async repository(files) {
      const repository = await makeRawRepository({ files });
      ended.push(repository);
      return repository;
    },
    async worksToday(attempt, works = fired) {
      account.today += 1;
      const said = await attempt();
      assert.ok(works(), `the attack does not work against today's tools, and so proves nothing: ${String(said)}`);
      rmSync(canary, { recursive: true, force: true });
    },
    harmlessToday(reason) {
      account.today += 1;
      assert.ok(reason.length > 20);
    },
    async run(source, options = {}) {
      const [place, outcome] = await run(source, options);
      assert.equal(publishedFolder(place.volume) !== undefined, outcome.exitCode === 0);
      return outcome;
    },
    async refused(source, exitCode, sentence, options = {}) {
      const [place, outcome] = await run(source, options);
      assert.equal(outcome.exitCode, exitCode, outcome.output);
      assert.match(outcome.terminationMessage, sentence);
      assert.equal(publishedFolder(place.volume), undefined);
      return outcome;
    },
    async endsOnTerminal(source, exitCode, options = {}) {
      const environment = { ...options.environment, TERM: 'dumb' }; // so that the live line has no sequence of ours
      const [, outcome] = await run(source, { ...options, environment, prefix: onTerminal });
      assert.equal(outcome.exitCode, exitCode, outcome.output);
    },
    async fetched(source, options = {}) {
      const [place, outcome] = await run(source, options);
      assert.equal(outcome.exitCode, 0, outcome.output);
      return { ...outcome, files: filesBelow(publishedFolder(place.volume) ?? assert.fail('nothing is published')) };
    },
    async [Symbol.asyncDispose]() {
      for (const each of ended) await each[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return { fixture, account };
}

/** Nothing beside the place's two folders, nothing of a stranger's at the top of the volume, nothing unfinished. */
function watchPlace(place: Place, outcome: Outcome): void {
  const beside = readdirSync(dirname(place.volume)).filter((name) => !name.startsWith('termination-log-'));
  assert.deepEqual(beside.sort(), ['scratch', 'volume']);
  const top = readdirSync(place.volume);
  assert.deepEqual(
    top.filter((name) => !volumeFolders.includes(name)),
    [],
  );
  assert.deepEqual(leftovers(place), [], outcome.output);
}

/** One sentence of a bounded length, and no character that a terminal or a log collector obeys. */
function watchOutput({ output, terminationMessage }: Outcome): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there
  const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
  assert.doesNotMatch(output, obeyed);
  assert.doesNotMatch(terminationMessage, new RegExp(`\n|${obeyed.source}`));
  const longest = Math.max(...output.split('\n').map((line) => line.length));
  assert.ok(longest <= 16 * 1024, `a line of the log has ${longest} characters, which collectors cut or drop`);
}

/** A commit's metadata for this `.dir` object; `more` are further lines of the output. */
export function metadata(oid: string, more = ''): string {
  return `outs:\n- md5: ${oid}\n  hash: md5\n  path: data\n${more}`;
}

/** A `.dvc/config` with one default remote of these lines. */
export function config(...lines: string[]): string {
  return ['[core]', '    remote = origin', `['remote "origin"']`, ...lines.map((line) => `    ${line}`), ''].join('\n');
}

/** The files of a repository whose data folder has these paths; every one is an object of the same few bytes. */
export function datasetOf(remote: string, ...relpaths: string[]): Record<string, string> {
  const md5 = storeObject(remote, 'harmless\n');
  return datasetOfEntries(
    remote,
    relpaths.map((relpath) => ({ md5, relpath })),
  );
}

/** As `datasetOf`, of a `.dir` object that holds just this: a string as it stands, anything else as JSON. */
export function datasetOfEntries(remote: string, content: unknown): Record<string, string> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return { 'data.dvc': metadata(storeObject(remote, text, '.dir')), '.dvc/config': config(`url = ${remote}`) };
}

/** The folder of a `file://` repository. */
export function folderOf({ url }: Source): string {
  return fileURLToPath(url);
}

/** The text of a file, or empty where there is none. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
