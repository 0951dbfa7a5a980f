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
  // In two steps, so that nothing keeps the pod, which may be megabytes, while the API server is asked for the claim.
  return async (body) => finish(begin(body, options), options);
}

/** What is left of a review when it is decided. */
interface Decided {
  uid: string;
  namespace: string;
  dryRun: boolean;
  decision: Decision;
  /** What identifies the pod in the log. */
  identity: Record<string, unknown>;
  /** In milliseconds since the process began. */
  begun: number;
}

/** @throws {MalformedReview} */
function begin(body: unknown, { config, log }: MutateOptions): Decided {
  const begun = performance.now();
  const request = parseReview(body);
  const { uid, namespace, dryRun } = request;
  const identity = identityOf(request);
  const decision = withoutBugs(uid, identity, log, () => decide(request, config));
  return { uid, namespace, dryRun, decision, identity, begun };
}

async function finish(decided: Decided, options: MutateOptions): Promise<AdmissionReviewAnswer> {
  const { metrics, log } = options;
  const { identity, begun } = decided;
  const { decision: intended, warnings } = await ensureItsClaim(decided, options);
  const { decision, answer } = answerTo(intended, warnings, decided, log);
  const milliseconds = performance.now() - begun;
  metrics.decided(decision.reason, milliseconds / 1000);
  const { kind, reason } = decision;
  log.info({ ...identity, decision: kind, reason, ms: Math.round(milliseconds * 10) / 10 }, 'decided');
  return answer;
}

function answerTo(decision: Decision, warnings: readonly string[], { uid, identity }: Decided, log: Logger) {
  try {
    return { decision, answer: answerReview(uid, decision, warnings) };
  } catch (error) {
    const denial = bugDenial(error, uid, identity, log);
    return { decision: denial, answer: answerReview(uid, denial) };
  }
}

interface DecisionWithClaim {
  decision: Decision;
  /** Those about the claim. */
  warnings: readonly string[];
}

async function ensureItsClaim(decided: Decided, options: MutateOptions): Promise<DecisionWithClaim> {
  const { uid, namespace, dryRun, decision, identity } = decided;
  const { ensureClaim, metrics, log } = options;
  if (decision.kind === 'skip' || decision.kind === 'deny') return { decision, warnings: [] };
  try {
    const claim = await ensureClaim(namespace, { dryRun });
    if (!claim.usable) {
      metrics.claimDenied(claim.reason);
      log.warn({ namespace, reason: claim.reason, cause: claim.message }, 'the claim is not usable');
      return { decision: claimDenial(claim), warnings: [] };
    }
    if (claim.created) metrics.claimCreated();
    return { decision, warnings: claim.warnings };
  } catch (error) {
    return { decision: bugDenial(error, uid, identity, log), warnings: [] };
  }
}

function withoutBugs(uid: string, identity: object, log: Logger, run: () => Decision): Decision {
  try {
    return run();
  } catch (error) {
    return bugDenial(error, uid, identity, log);
  }
}

/** The stack goes to the log only: a denial must not show anything of other objects. The uid leads from one to the other. */
function bugDenial(error: unknown, uid: string, identity: object, log: Logger): Denial {
  log.error({ ...identity, err: error }, 'a bug ended the review');
  const message = `dvc-injector: a bug ended this review; the webhook's log has the details under uid ${oneLine(uid)}`;
  return { kind: 'deny', reason: 'internal-error', message };
}

function claimDenial(claim: Extract<EnsuredClaim, { usable: false }>): Denial {
  return { kind: 'deny', reason: claim.reason, message: `dvc-injector: ${claim.message}` };
}

/** A controller's pod only has a generateName yet. */
function identityOf(request: AdmissionRequest): Record<string, unknown> {
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

/** A made-up review may hold megabytes where a name belongs. */
function name(text: string): string {
  return clipped(text, longestObjectName);
}
