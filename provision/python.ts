/** Python programs at exactly the versions of a hash-locked requirements file, kept apart from everything of the user's. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, cacheRoot, fingerprint } from './cache.ts';
import { announced } from './progress.ts';

/** The minor versions of Python 3 for which the locked packages have wheels. */
const supported = [14, 13, 12, 11];
const commands = ['python3', ...supported.map((minor) => `python3.${minor}`)];
const build = join(import.meta.dirname, '..', 'requirements', 'build.txt');

interface Python {
  executable: string;
  /** Names the interpreter, its version, libc and machine: what the installed files depend on. */
  identity: string;
}

/**
 * The `bin` folder of a virtual environment with exactly the packages of `requirementsFile` (complete and hash-locked),
 * installed by pip into the cache the first time. `name` is what people see, such as `DVC`. Throws an Error of one
 * sentence where no Python 3.11–3.14 or no pip is to be had; pip's own message where it fails.
 */
export async function pythonEnvironment(name: string, requirementsFile: string): Promise<string> {
  const python = await findPython();
  const key = fingerprint({ files: [requirementsFile, build], words: [python.identity] });
  const entryName = `${name.toLowerCase()}-${key}`;
  const entry = await cached(entryName, (directory) =>
    announced(`installing ${name} with pip`, () => install(python, requirementsFile, directory, entryName)),
  );
  return join(entry, 'bin');
}

async function findPython(): Promise<Python> {
  const ask =
    'import sys, sysconfig as c; print(sys.executable, sys.version_info[1], c.get_platform(), c.get_config_var("SOABI"), sep="\\n")';
  for (const command of commands) {
    const { stdout, failed } = await execa(command, ['-I', '-c', ask], { reject: false });
    const [executable, minor, platform, abi] = failed ? [] : stdout.split('\n');
    if (!executable || !supported.includes(Number(minor))) continue;
    return { executable, identity: `${executable} ${minor} ${platform} ${abi}` };
  }
  throw new Error(
    `Python 3.${supported.at(-1)} to 3.${supported[0]} is needed and no ${commands.join(', ')} on the PATH is one: ` +
      'install it (on Debian and Ubuntu: apt-get install python3 python3-pip).',
  );
}

async function install(python: Python, requirementsFile: string, directory: string, entryName: string): Promise<void> {
  const pip = await makeEnvironment(python, directory, entryName);
  // Not byte-compiled: the few modules that DVC really imports are compiled on first use, which takes less time.
  const options = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '--no-compile'];
  const locked = [...options, '--require-hashes', '--no-deps', '--no-build-isolation'];
  for (const file of [build, requirementsFile]) {
    await run(pip, ['install', ...locked, '--requirement', file]);
  }
  await relocate(join(directory, 'bin'), directory, join(cacheRoot(), entryName));
}

/** Makes a virtual environment at `directory`; returns the command that runs pip for it. */
async function makeEnvironment(python: Python, directory: string, prompt: string): Promise<string[]> {
  const { executable } = python;
  const has = async (module: string) =>
    !(await execa(executable, ['-m', module, '--version'], { reject: false })).failed;
  const inside = join(directory, 'bin', 'python');
  // Debian's Python makes no environment with pip in it unless python3-venv is installed; and without it is quicker.
  if (await has('pip')) {
    await run([executable], ['-m', 'venv', '--prompt', prompt, '--without-pip', directory]);
    return [executable, '-m', 'pip', '--python', inside];
  }
  if (await has('ensurepip')) {
    await run([executable], ['-m', 'venv', '--prompt', prompt, directory]);
    return [inside, '-m', 'pip'];
  }
  throw new Error(
    `${executable} has neither pip nor venv's ensurepip: install one of them (on Debian and Ubuntu: apt-get install python3-pip).`,
  );
}

async function run(command: readonly string[], args: readonly string[]): Promise<void> {
  const [program = '', ...first] = command;
  // A user's mirrors and certificates apply; what would send the files elsewhere or mix in other packages doesn't.
  const env = {
    PIP_USER: '0',
    PIP_TARGET: undefined,
    PIP_PREFIX: undefined,
    PYTHONPATH: undefined,
    PYTHONHOME: undefined,
  };
  await execa(program, [...first, ...args], { env });
}

/**
 * Rewrites the scripts in `bin` for the place that the folder is renamed to when it is complete: pip writes the path of
 * the interpreter into each. Built aside and renamed, the environment is whole or absent, whoever else builds it too.
 */
async function relocate(bin: string, from: string, to: string): Promise<void> {
  const bytes = (text: string) => Buffer.from(text).toString('latin1'); // one character a byte: nothing is lost
  for (const file of await readdir(bin, { withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(bin, file.name);
    const text = await readFile(path, 'latin1');
    if (text.includes(bytes(from))) await writeFile(path, text.replaceAll(bytes(from), bytes(to)), 'latin1');
  }
}
