/** The ways to the remote that the commit names: DVC with its credentials, and the native client where it has one. */
import type { FetchContext } from './dvc/context.ts';
import { remoteCredentials } from './dvc/credentials.ts';
import { dvcForks } from './dvc/fork-server.ts';
import type { CommitContent } from './git/read-commit.ts';
import type { Tools } from './prepare-tools.ts';
import type { Progress } from './report/progress.ts';
import { connectS3 } from './s3/connect.ts';
import type { ToolHome } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';

/** A fetch's context, with the connections and the process that it holds. */
export interface OpenContext extends FetchContext {
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

/**
 * Nothing is asked of the remote yet.
 * @throws {FetchFailure} `notAuthorised` where the remote needs credentials, `configuration` where those given, a CA
 *   bundle or a proxy can't serve, `usage` where they lead to a server that is not allowed
 */
export async function prepareRemote(
  { remote, metadata }: CommitContent,
  { tools, home, jobs, progress, environment, log, signal, addSecret }: Unconnected,
): Promise<OpenContext> {
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
    metadata,
    remote,
    dvc,
    client,
    async close() {
      await forks.close();
      await client?.close();
    },
  };
}
