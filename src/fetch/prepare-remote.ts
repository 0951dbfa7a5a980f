/** The ways to the remotes that the commit names: DVC with its credentials, and the native client where it has one. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchContext, RemoteContext } from './dvc/context.ts';
import { remoteCredentials } from './dvc/credentials.ts';
import { dvcForks } from './dvc/fork-server.ts';
import type { LocatedOutput } from './git/read-commit.ts';
import type { Tools } from './prepare-tools.ts';
import type { Remote } from './remote/choose-remote.ts';
import type { Log } from './report/log.ts';
import type { Progress } from './report/progress.ts';
import { connectS3 } from './s3/connect.ts';
import type { ToolHome } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';

/** A remote's context, with the connections and the process that it holds. */
interface OpenContext extends RemoteContext {
  /** Ends them; nothing of the context may be used afterwards. */
  close(): Promise<void>;
}

/** What a fetch has before it knows its remote. */
interface Unconnected extends FetchSurroundings {
  tools: Tools;
  home: ToolHome;
  jobs: number;
  progress: Progress;
}

/** The ways to a dataset's remotes, each opened when it is first needed. */
export interface Remotes {
  /**
   * Nothing is asked of the remote yet.
   * @throws {FetchFailure} `notAuthorised` where the remote needs credentials, `configuration` where those given, a CA
   *   bundle or a proxy can't serve, `usage` where they lead to a server that is not allowed
   */
  contextOf(output: LocatedOutput): Promise<FetchContext>;
  /** Ends all of them; nothing of their contexts may be used afterwards. */
  close(): Promise<void>;
}

/** The same for outputs whose objects come the same way: from one remote, and named alike. */
export function wayTo({ from, objectNaming, pushed }: LocatedOutput): string {
  return `${objectNaming.hash} ${pushed} ${from.name}`;
}

/** The ways to all remotes that the outputs of a commit name. */
export function openRemotes(unconnected: Unconnected): Remotes {
  const opened = new Map<string, Promise<OpenContext>>();
  const open = async (remote: Remote, nth: number) =>
    prepareRemote(remote, { ...unconnected, home: await homeOf(unconnected.home, nth) });
  return {
    async contextOf({ from, objectNaming, bytes, files, pushed }) {
      const opening = opened.get(from.name) ?? open(from, opened.size);
      opened.set(from.name, opening); // before it is awaited: others ask for the same remote meanwhile
      const meanBytes = bytes !== null && files ? bytes / files : null;
      return { ...(await opening), objectNaming, meanBytes, pushed, listOf: () => null };
    },
    async close() {
      for (const result of await Promise.allSettled(opened.values())) {
        if (result.status === 'fulfilled') await result.value.close();
      }
    },
  };
}

/** A folder of its own for what a further remote's credentials are written to. */
async function homeOf(scratch: ToolHome, opened: number): Promise<ToolHome> {
  if (opened === 0) return scratch;
  const home = join(scratch.home, `remote-${opened}`);
  await mkdir(home);
  return { ...scratch, home };
}

async function prepareRemote(
  remote: Remote,
  { tools, home, jobs, progress, environment, log, signal, addSecret }: Unconnected,
): Promise<OpenContext> {
  logIgnoredKeys(remote, log);
  const { env: own, localConfig, headers, secrets } = await remoteCredentials(remote, environment, home);
  secrets.forEach(addSecret);
  const env = { ...tools.dvc.env, ...own };
  const client = await connectS3(remote, env, jobs);
  const forks = dvcForks(env, tools.dvc.folder, signal);
  const dvc = { folder: tools.dvc.folder, env, forks, localConfig, headers };
  return {
    signal,
    log,
    progress,
    jobs,
    remote,
    dvc,
    client,
    async close() {
      await forks.close();
      await client?.close();
    },
  };
}

function logIgnoredKeys({ name, ignored }: Remote, log: Log): void {
  if (ignored.length === 0) return;
  log.info({ remote: name, keys: ignored }, "keys of the repository's .dvc/config are not used");
}
