/** What all servers of the comparison have in common, whatever they are written in. */
import type { Logged } from '../../support/process/logged.ts';
import type { Programs } from '../../support/programs/programs.ts';
import type { PreparedWebhook } from '../../support/webhook/built-webhook.ts';
import type { ServedNamespace } from '../../support/webhook/served-namespace.ts';

/** What the servers are started with. */
export interface Stage {
  /** A temporary folder for files of this run. */
  folder: string;
  programs: Programs;
  cluster: ServedNamespace;
  webhook: PreparedWebhook;
  /** The file of the JSON patch with which ours answers the first review: the bare servers answer with it. */
  patchFile: string;
  /** Puts a server onto its processor: what it is wrapped in. */
  pinned: readonly string[];
  peers: string | undefined;
}

/** The part of an answer that is looked at. */
export interface Reply {
  allowed: boolean;
  patchType?: string;
  /** In base64. */
  patch?: string;
}

/** A server that answers reviews. */
export interface RunningServer {
  process: Logged;
  port: number;
  path: string;
  /** Says what is wrong with its answer to the review of this number; undefined where nothing is. */
  problem(reply: Reply, number: number): string | undefined;
}

/** Starts a server and resolves when it can be asked. */
export type StartServer = (stage: Stage) => Promise<RunningServer>;

/** The JSON patch of an answer; null where it has none. */
export function patchOf(reply: Reply): unknown {
  return reply.patch === undefined ? null : JSON.parse(Buffer.from(reply.patch, 'base64').toString());
}
