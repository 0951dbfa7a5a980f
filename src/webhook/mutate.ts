/** Takes one review from its parsed JSON to its answer: decides, ensures the claim, counts, logs. */
import type { Logger } from 'pino';
import { decide } from '../admission/decide.ts';
import type { Decision, Denial } from '../admission/decision.ts';
import { type AdmissionRequest, type AdmissionReviewAnswer, answerReview, parseReview } from '../admission/review.ts';
import type { Config } from '../config/schema.ts';
import { longestObjectName } from '../dns-names.ts';
import type { EnsureClaim, EnsuredClaim } from '../storage/ensure-claim.ts';
import { clipped, oneLine } from '../text.ts';
import type { Metrics } from './metrics.ts';

export interface MutateOptions {
  config: Config;
  ensureClaim: EnsureClaim;
  metrics: Metrics;
  log: Logger;
}

/** Answers a review that was read from JSON. Rejects only with MalformedReview, where there is no uid to answer to. */
export type Mutate = (body: unknown) => Promise<AdmissionReviewAnswer>;

export function makeMutate(options: MutateOptions): Mutate {
  const { metrics, log } = options;
  return async (body) => {
    const request = parseReview(body);
    const begun = performance.now();
    const { decision, warnings } = await decideAndEnsureClaim(request, options);
    const answer = answerReview(request.uid, decision, warnings);
    const milliseconds = performance.now() - begun;
    metrics.decided(decision.reason, milliseconds / 1000);
    log.info({ ...identity(request), ...outcome(decision), ms: Math.round(milliseconds * 10) / 10 }, 'decided');
    return answer;
  };
}

interface DecisionWithClaim {
  decision: Decision;
  /** Those about the claim. */
  warnings: string[];
}

async function decideAndEnsureClaim(request: AdmissionRequest, options: MutateOptions): Promise<DecisionWithClaim> {
  const { config, ensureClaim, metrics, log } = options;
  try {
    const decision = decide(request, config);
    if (decision.kind === 'skip' || decision.kind === 'deny') return { decision, warnings: [] };
    const claim = await ensureClaim(request.namespace, { dryRun: request.dryRun });
    if (!claim.usable) {
      metrics.claimDenied(claim.reason);
      log.warn({ namespace: request.namespace, reason: claim.reason, cause: claim.message }, 'the claim is not usable');
      return { decision: claimDenial(claim), warnings: [] };
    }
    if (claim.created) metrics.claimCreated();
    return { decision, warnings: claim.warnings };
  } catch (error) {
    // The stack goes to the log only: a denial must not show anything of other objects. The uid leads from one to the other.
    log.error({ ...identity(request), err: error }, 'a bug ended the review');
    const message = `dvc-injector: a bug ended this review; the webhook's log has the details under uid ${oneLine(request.uid)}`;
    return { decision: { kind: 'deny', reason: 'internal-error', message }, warnings: [] };
  }
}

function claimDenial(claim: Extract<EnsuredClaim, { usable: false }>): Denial {
  return { kind: 'deny', reason: claim.reason, message: `dvc-injector: ${claim.message}` };
}

/** What identifies the pod in the log. A controller's pod only has a generateName yet. */
function identity(request: AdmissionRequest): Record<string, unknown> {
  return {
    uid: name(request.uid),
    namespace: name(request.namespace),
    pod: name(request.name || generateNameOf(request.object)),
    dryRun: request.dryRun,
  };
}

function generateNameOf(object: unknown): string {
  const metadata = (object as { metadata?: { generateName?: unknown } | null } | null | undefined)?.metadata;
  return typeof metadata?.generateName === 'string' ? metadata.generateName : '';
}

function outcome(decision: Decision): Record<string, unknown> {
  return { decision: decision.kind, reason: decision.reason };
}

/** A made-up review may hold megabytes where a name belongs. */
function name(text: string): string {
  return clipped(text, longestObjectName);
}
