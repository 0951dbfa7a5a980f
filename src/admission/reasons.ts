/** The one table of reasons why a review can end as it does; log, metric labels, denials and docs all use it. */

/** Kubernetes' metav1.StatusReason; controllers retry a denial with ServiceUnavailable. */
type StatusReason = 'BadRequest' | 'Forbidden' | 'Conflict' | 'Invalid' | 'InternalError' | 'ServiceUnavailable';

interface ReasonRow {
  decision: 'inject' | 'unchanged' | 'skip' | 'deny';
  /** HTTP status of a denial. */
  code?: 400 | 403 | 409 | 422 | 500 | 503;
  meaning: string;
}

/** Every reason, in the order of the reference page. */
export const reasons = {
  injected: { decision: 'inject', meaning: 'The pod was given its datasets.' },
  'already-injected': {
    decision: 'unchanged',
    meaning: 'Every dataset that the pod asks for is injected already; the claim is still ensured.',
  },
  'not-a-pod-creation': { decision: 'skip', meaning: 'Only the creation of pods is looked at.' },
  'not-annotated': { decision: 'skip', meaning: 'The pod names no dataset.' },
  'excluded-namespace': {
    decision: 'skip',
    meaning: "Pods of kube-system and of the webhook's own namespace are never touched.",
  },
  'mirror-pod': { decision: 'skip', meaning: "A mirror pod only shows a kubelet's static pod and can't be changed." },
  'malformed-review': {
    decision: 'deny',
    code: 400,
    meaning: 'The request is no AdmissionReview of version v1 with a readable pod.',
  },
  'namespace-mismatch': {
    decision: 'deny',
    code: 400,
    meaning: 'The pod names another namespace than the one it is created in.',
  },
  'invalid-reference': {
    decision: 'deny',
    code: 400,
    meaning: 'dvc.io/dataset is not of the form <repo>@<full sha>:<split>.',
  },
  'invalid-annotation': {
    decision: 'deny',
    code: 400,
    meaning: 'Another dvc.io annotation has a value that can not be used.',
  },
  'scheme-not-allowed': {
    decision: 'deny',
    code: 403,
    meaning: "The repository's scheme is not among repositories.schemes.",
  },
  'repository-not-allowed': {
    decision: 'deny',
    code: 403,
    meaning: 'No glob of repositories.allowed matches the repository.',
  },
  'above-maximum': {
    decision: 'deny',
    code: 403,
    meaning: "dvc.io/cpu, memory or scratch asks for more than the admin's maximum.",
  },
  'mount-conflict': {
    decision: 'deny',
    code: 409,
    meaning: "A dataset's mount path collides with another mount of the container.",
  },
  'name-conflict': {
    decision: 'deny',
    code: 409,
    meaning:
      "A container, volume, mount or variable of the pod's own has a name that the injection needs, or an init container with our name and key has other rights than ours.",
  },
  'injected-for-another': {
    decision: 'deny',
    code: 409,
    meaning: 'The pod is an edited copy of one that was injected for another dataset.',
  },
  'claim-volume-unusable': {
    decision: 'deny',
    code: 409,
    meaning:
      "The pod's own volume of the shared claim is readOnly or stands there twice, or an injected pod has another volume in its place.",
  },
  'unsupported-pod': {
    decision: 'deny',
    code: 422,
    meaning: 'The pod is of a kind that can not be served: Windows, hostUsers: false.',
  },
  'pod-resources-exceeded': {
    decision: 'deny',
    code: 422,
    meaning: "The init container does not fit into the pod's own spec.resources.",
  },
  'root-user': { decision: 'deny', code: 422, meaning: 'The init container would inherit UID 0.' },
  'namespace-not-opted-in': {
    decision: 'deny',
    code: 403,
    meaning:
      'The namespace lacks the opt-in label, so the review came from no API server, or the label was just removed.',
  },
  'claim-unusable': {
    decision: 'deny',
    code: 409,
    meaning: 'The shared claim or its volume is lost, being deleted, or another one than the configuration says.',
  },
  'claim-refused': {
    decision: 'deny',
    code: 403,
    meaning: 'The API server refuses to create the claim: a quota, a policy or missing rights.',
  },
  'api-unavailable': {
    decision: 'deny',
    code: 503,
    meaning: 'The API server did not answer, so the claim is not known; controllers retry.',
  },
  overloaded: {
    decision: 'deny',
    code: 503,
    meaning: 'More reviews came at once than this replica holds in memory; the API server asks again.',
  },
  'internal-error': { decision: 'deny', code: 500, meaning: 'A bug of dvc-injector; the log has the details.' },
} as const satisfies Record<string, ReasonRow>;

export type Reason = keyof typeof reasons;

type ReasonOf<D extends ReasonRow['decision']> = {
  [R in Reason]: (typeof reasons)[R]['decision'] extends D ? R : never;
}[Reason];
export type DenialReason = ReasonOf<'deny'>;
export type SkipReason = ReasonOf<'skip'>;

const statusReasons: Record<number, StatusReason> = {
  400: 'BadRequest',
  403: 'Forbidden',
  409: 'Conflict',
  422: 'Invalid',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** The HTTP code and the StatusReason of a denial. */
export function denialStatus(reason: DenialReason): { code: number; reason: StatusReason } {
  const { code } = reasons[reason];
  return { code, reason: statusReasons[code] ?? 'InternalError' };
}
