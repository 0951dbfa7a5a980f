/** Runs git and the real DVC as if nobody had ever configured either, so that the same input gives the same commits. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { provideDvc } from './dvc.ts';

/** Runs a program with these arguments in the folder `cwd`; returns its stdout without the last newline, throws where it fails. */
export type Run = (cwd: string, ...args: string[]) => Promise<string>;

/** The two programs, with a home folder of their own. */
export interface IsolatedTools {
  /** All that their environment holds; spread it to run another program the same way. */
  readonly environment: Readonly<Record<string, string>>;
  readonly git: Run;
  readonly dvc: Run;
}

/** Provides DVC, and makes the folder `home` for it and git; `extra` joins their environment, such as credentials. */
export async function isolatedTools(
  home: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<IsolatedTools> {
  const { bin } = await provideDvc();
  const base = isolatedEnvironment(home);
  const environment = { ...base, ...extra, PATH: `${bin}${delimiter}${base.PATH}` };
  return { environment, git: runner('git', environment), dvc: runner('dvc', environment) };
}

/** git alone: it needs no DVC to be installed. */
export function isolatedGit(home: string): Run {
  return runner('git', isolatedEnvironment(home));
}

function runner(program: string, environment: Record<string, string>): Run {
  return async (cwd, ...args) => {
    const { stdout } = await execa(program, args, { cwd, env: environment, extendEnv: false, stdin: 'ignore' });
    return stdout;
  };
}

/** The whole environment of an isolated git, whose home folder is made. Nothing of ours but PATH and TMPDIR is in it. */
export function isolatedEnvironment(home: string): Record<string, string> & { PATH: string } {
  mkdirSync(home, { recursive: true });
  const empty = join(home, 'empty'); // DVC refuses an AWS_CONFIG_FILE that is no regular file, such as /dev/null
  writeFileSync(empty, '');
  const person = { NAME: 'Dataset Keeper', EMAIL: 'keeper@example.org', DATE: '2026-01-01T00:00:00Z' };
  const signatures = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value]),
  );
  return {
    PATH: process.env.PATH ?? '',
    ...(process.env.TMPDIR && { TMPDIR: process.env.TMPDIR }),
    HOME: home,
    LANG: 'C.UTF-8',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...Object.fromEntries(signatures),
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: join(home, 'dvc-site-cache'),
    DVC_GLOBAL_CONFIG_DIR: join(home, 'dvc-global-config'),
    DVC_SYSTEM_CONFIG_DIR: join(home, 'dvc-system-config'),
    AWS_CONFIG_FILE: empty,
    AWS_SHARED_CREDENTIALS_FILE: empty,
  };
}
