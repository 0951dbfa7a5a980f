/** What a team runs today: plain git and plain DVC, with a home of its own and the repository's configuration as it stands. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ExecaError, execa, type Result } from 'execa';
import { isolatedTools } from '../../../provision/isolated-tools.ts';
import type { RawRepository } from '../dataset/raw-repository.ts';

/** What a repository is named by in a reference. */
export type Source = Pick<RawRepository, 'url' | 'sha'>;

export interface Team {
  /** Its home folder. */
  home: string;
  /** Runs a program to its end; what it printed on both streams, whatever its exit code. */
  run(cwd: string, program: string, ...args: string[]): Promise<string>;
  /** `git clone` of the default branch; returns the work tree. */
  clone(source: Source, ...flags: string[]): Promise<string>;
  /** `git clone`, then `dvc pull`; returns what DVC said. The work tree is `checkout`. */
  pull(source: Source, environment?: Readonly<Record<string, string>>): Promise<string>;
  /** The work tree of the latest clone. */
  checkout: string;
}

/** Long enough for any of these on a busy machine; one that hangs is ended. */
const patience = 60_000;

/** Makes a team whose home is `folder`. */
export async function makeTeam(folder: string): Promise<Team> {
  const { environment } = await isolatedTools(folder);
  // These three stand in nobody's profile, and each would hide an attack.
  const { AWS_CONFIG_FILE: _, AWS_SHARED_CREDENTIALS_FILE: __, GIT_CONFIG_GLOBAL: ___, ...others } = environment;
  const temporary = join(folder, 'tmp'); // where DVC leaves clones behind
  mkdirSync(temporary);
  const plain = { ...others, TMPDIR: temporary };
  let clones = 0;
  const execute = async (cwd: string, program: string, args: readonly string[], extra = {}): Promise<string> => {
    const result: Result | ExecaError = await execa(program, args, {
      cwd,
      env: { ...plain, ...extra },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      all: true,
      timeout: patience,
    });
    return `${String(result.all)}\n(exit ${result.exitCode})`;
  };
  const team: Team = {
    home: folder,
    checkout: folder,
    run: (cwd, program, ...args) => execute(cwd, program, args),
    async clone(source, ...flags) {
      clones += 1;
      team.checkout = join(folder, 'clones', String(clones));
      mkdirSync(join(folder, 'clones'), { recursive: true });
      await execute(folder, 'git', ['clone', '--quiet', ...flags, source.url, team.checkout]);
      return team.checkout;
    },
    async pull(source, extra) {
      await team.clone(source);
      return execute(team.checkout, 'dvc', ['pull'], extra);
    },
  };
  return team;
}
