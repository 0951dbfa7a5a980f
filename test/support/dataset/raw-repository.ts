/** git repositories with any content at all, made without DVC and without a checkout: what a hostile one would serve. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { isolatedEnvironment, isolatedGit } from '../../../provision/isolated-tools.ts';
import { makeBareRepository } from '../../../provision/sample-dataset.ts';

/** A file's bytes, or an entry of another kind: `submodule` is the sha of a commit that nobody has. */
export type RawFile = string | Uint8Array | { symlink: string } | { executable: string } | { submodule: string };

/** A bare repository with one commit, at the `file://` URL. */
export interface RawRepository extends AsyncDisposable {
  readonly url: string;
  /** 40 hex digits; 64 for `objectFormat: 'sha256'`. */
  readonly sha: string;
  readonly directory: string;
}

/** Makes a repository of exactly these files, by path. It lies in a temporary folder, deleted on disposal, unless given one. */
export async function makeRawRepository(spec: {
  files: Readonly<Record<string, RawFile>>;
  folder?: string;
  branch?: string;
  objectFormat?: 'sha1' | 'sha256';
}): Promise<RawRepository> {
  const folder = spec.folder ?? mkdtempSync(join(tmpdir(), 'dvc-injector-repository-'));
  const { branch = 'main', objectFormat = 'sha1' } = spec;
  const directory = join(folder, 'repository.git');
  const home = join(folder, 'home');
  const git = isolatedGit(home);
  await makeBareRepository(git, directory, branch, objectFormat);
  await execa('git', ['fast-import', '--quiet'], {
    cwd: directory,
    env: isolatedEnvironment(home),
    extendEnv: false,
    input: importStream(branch, spec.files),
  });
  return {
    url: pathToFileURL(directory).href,
    sha: await git(directory, 'rev-parse', `refs/heads/${branch}`),
    directory,
    async [Symbol.asyncDispose]() {
      if (!spec.folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One commit in the language of `git fast-import`. */
function importStream(branch: string, files: Readonly<Record<string, RawFile>>): Buffer {
  const head = `commit refs/heads/${branch}\ncommitter A Stranger <stranger@example.org> 1767225600 +0000\ndata 0\n\n`;
  const parts: Array<string | Uint8Array> = [head];
  for (const [path, file] of Object.entries(files)) {
    const name = quoted(path);
    if (typeof file === 'object' && 'submodule' in file) {
      parts.push(`M 160000 ${file.submodule} ${name}\n`);
      continue;
    }
    const { mode, content } = blob(file);
    const bytes = Buffer.from(content);
    parts.push(`M ${mode} inline ${name}\ndata ${bytes.length}\n`, bytes, '\n');
  }
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function blob(file: Exclude<RawFile, { submodule: string }>): { mode: string; content: string | Uint8Array } {
  if (typeof file === 'string' || file instanceof Uint8Array) return { mode: '100644', content: file };
  if ('symlink' in file) return { mode: '120000', content: file.symlink };
  return { mode: '100755', content: file.executable };
}

/** A path as a C string, with every byte that could end or break it written in octal. */
function quoted(path: string): string {
  const escaped = Array.from(Buffer.from(path), (byte) => {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
