/** Reads Kubernetes' AdmissionReview, of which nothing is trusted, and writes the answer in the form that the API server takes. */
import type { Operation } from 'fast-json-patch';
import { z } from 'zod';
import { denialText, oneLine, warningText } from '../text.ts';
import type { Decision, Denial } from './decision.ts';
import { denialStatus } from './reasons.ts';

/** The parts of an AdmissionRequest that matter here. `object` is raw JSON, with every field it came with. */
export interface AdmissionRequest {
  uid: string;
  kind: { group: string; version: string; kind: string };
  subResource: string;
  operation: string;
  namespace: string;
  /** Name of the object, empty where only generateName is given. */
  name: string;
  dryRun: boolean;
  object: unknown;
}

/** What is sent back. Source: AdmissionReview in admission.k8s.io/v1. */
export interface AdmissionReviewAnswer {
  apiVersion: 'admission.k8s.io/v1';
  kind: 'AdmissionReview';
  response: {
    uid: string;
    allowed: boolean;
    patchType?: 'JSONPatch';
    /** The JSON patch in base64. */
    patch?: string;
    warnings?: string[];
    status?: { code: number; reason: string; message: string };
  };
}

/** The body is no AdmissionReview that can be answered, as it has no usable uid; the webhook answers HTTP 400. */
export class MalformedReview extends Error {
  override readonly name = 'MalformedReview';
}

const groupVersionKind = z.looseObject({ group: z.string().default(''), version: z.string(), kind: z.string() });

const reviewSchema = z.looseObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1).max(256),
    kind: groupVersionKind,
    subResource: z.string().default(''),
    operation: z.string(),
    namespace: z.string().default(''),
    name: z.string().default(''),
    dryRun: z.boolean().nullish(),
    object: z.unknown(),
  }),
});

/** @throws {MalformedReview} with a sentence that names the first wrong field */
export function parseReview(body: unknown): AdmissionRequest {
  const result = reviewSchema.safeParse(body);
  if (!result.success) {
    const issue = result.error.issues[0];
    const where = issue && issue.path.length > 0 ? issue.path.map(String).join('.') : 'the body';
    throw new MalformedReview(
      oneLine(`the request is no AdmissionReview of admission.k8s.io/v1: ${where}: ${issue?.message ?? 'unreadable'}`),
    );
  }
  const { request } = result.data;
  return {
    uid: request.uid,
    kind: { group: request.kind.group, version: request.kind.version, kind: request.kind.kind },
    subResource: request.subResource,
    operation: request.operation,
    namespace: request.namespace,
    name: request.name,
    dryRun: request.dryRun ?? false,
    object: request.object,
  };
}

/** The answer that carries a decision; `moreWarnings` are those about the claim. */
export function answerReview(
  uid: string,
  decision: Decision,
  moreWarnings: readonly string[] = [],
): AdmissionReviewAnswer {
  if (decision.kind === 'deny') return answer(uid, { allowed: false, status: denialBody(decision) });
  if (decision.kind === 'skip') return answer(uid, { allowed: true });
  const warnings = [...decision.warnings, ...moreWarnings].map(warningText);
  return answer(uid, {
    allowed: true,
    ...(decision.kind === 'inject' ? patchOf(decision.operations) : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  });
}

function answer(uid: string, response: Omit<AdmissionReviewAnswer['response'], 'uid'>): AdmissionReviewAnswer {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, ...response } };
}

function patchOf(operations: readonly Operation[]): { patchType: 'JSONPatch'; patch: string } {
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}

function denialBody(denial: Denial): { code: number; reason: string; message: string } {
  return { ...denialStatus(denial.reason), message: denialText(denial.message) };
}
