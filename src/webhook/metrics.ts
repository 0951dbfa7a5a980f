/** The webhook's Prometheus metrics. One table names all of them; the reference page is generated from it. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type DenialReason, type Reason, reasons } from '../admission/reasons.ts';

/** Every metric, in the order of the reference page. */
export const metricTable = {
  decisions: {
    name: 'dvc_injector_admission_decisions_total',
    type: 'counter',
    labels: ['decision', 'reason'],
    help: 'Answered admission reviews by decision and by reason; the reasons are a closed list.',
  },
  duration: {
    name: 'dvc_injector_admission_duration_seconds',
    type: 'histogram',
    labels: ['decision'],
    help: 'Time from a parsed request to its answer, the claim included. The API server waits for 10 s.',
  },
  claimsCreated: {
    name: 'dvc_injector_claims_created_total',
    type: 'counter',
    labels: [],
    help: 'Claims that this replica created, for a pod or because a namespace was opted in.',
  },
  claimDenials: {
    name: 'dvc_injector_claim_denials_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Pods that were refused because their claim is unusable, refused or not to be read, or their namespace is not opted in.',
  },
  callersRefused: {
    name: 'dvc_injector_callers_refused_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Requests to /mutate without an accepted client certificate: no-certificate, untrusted-certificate, other-name.',
  },
  certificateExpiry: {
    name: 'dvc_injector_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the certificate that is being served expires, in seconds since 1970; 0 while there is none.',
  },
} as const;

/** The reasons that a claim can give for a denial. */
export const claimReasons = [
  'namespace-not-opted-in',
  'claim-unusable',
  'claim-refused',
  'api-unavailable',
] as const satisfies DenialReason[];

/** Why a client may not send reviews (`webhook.tls.clientCA`). */
export const refusedCallerReasons = ['no-certificate', 'untrusted-certificate', 'other-name'] as const;

/** The counters of one webhook, in a registry of its own. */
export interface Metrics {
  registry: Registry;
  /** `seconds` is left out where no review was read, which says nothing about latency. */
  decided(reason: Reason, seconds?: number): void;
  claimCreated(): void;
  claimDenied(reason: (typeof claimReasons)[number]): void;
  callerRefused(reason: (typeof refusedCallerReasons)[number]): void;
  certificateExpires(at: Date): void;
}

/** Makes the metrics. Each possible label value is there from the start, so that rates and alerts begin at zero. */
export function makeMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const { decisions, duration, claimsCreated, claimDenials, callersRefused, certificateExpiry } = metricTable;
  const decided = new Counter({ ...namedAs(decisions), registers });
  const took = new Histogram({
    ...namedAs(duration),
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10],
    registers,
  });
  const created = new Counter({ ...namedAs(claimsCreated), registers });
  const denied = new Counter({ ...namedAs(claimDenials), registers });
  const refused = new Counter({ ...namedAs(callersRefused), registers });
  const expiry = new Gauge({ ...namedAs(certificateExpiry), registers });

  for (const [reason, { decision }] of Object.entries(reasons)) {
    decided.inc({ decision, reason }, 0);
    took.zero({ decision });
  }
  for (const reason of claimReasons) denied.inc({ reason }, 0);
  for (const reason of refusedCallerReasons) refused.inc({ reason }, 0);

  return {
    registry,
    decided(reason, seconds) {
      const { decision } = reasons[reason];
      decided.inc({ decision, reason });
      if (seconds !== undefined) took.observe({ decision }, seconds);
    },
    claimCreated: () => created.inc(),
    claimDenied: (reason) => denied.inc({ reason }),
    callerRefused: (reason) => refused.inc({ reason }),
    certificateExpires: (at) => expiry.set(at.getTime() / 1000),
  };
}

function namedAs(row: { name: string; help: string; labels: readonly string[] }) {
  return { name: row.name, help: row.help, labelNames: [...row.labels] };
}
