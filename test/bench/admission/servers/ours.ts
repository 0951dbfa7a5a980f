/** Ours: the built command with everything on that is on in a cluster, the claim check, the log and the metrics. */
import { isDeepStrictEqual } from 'node:util';
import { decide } from '../../../../src/admission/decide.ts';
import { parseReview } from '../../../../src/admission/review.ts';
import { defaultConfig } from '../../../../src/config/load.ts';
import { trainingReview } from '../../../support/admission/training-review.ts';
import type { Logged } from '../../../support/process/logged.ts';
import { patchOf, type RunningServer, type Stage, type StartServer } from '../server.ts';

export const startOurs: StartServer = async (stage) => {
  return oursAt(stage, await stage.webhook.start({ wrapper: stage.pinned }));
};

/** Ours, however it was started. */
export function oursAt({ webhook, cluster }: Stage, server: Logged): RunningServer {
  return {
    process: server,
    port: webhook.port,
    path: '/mutate',
    problem(reply, number) {
      const right = reply.allowed && isDeepStrictEqual(patchOf(reply), rightPatch(cluster.namespace, number));
      return right ? undefined : 'it is not what decide() says';
    },
  };
}

/** What the pure function says to the review of this number, with the webhook's configuration. */
export function rightPatch(namespace: string, number: number): unknown {
  const decision = decide(parseReview(trainingReview({ namespace, number })), defaultConfig());
  if (decision.kind !== 'inject') throw new Error(`the review is to be injected, and is not: ${decision.reason}`);
  return JSON.parse(JSON.stringify(decision.operations));
}
