/** Classifies a failed call to the API server by its status, never by its text, as the kind decides whether to retry. */
import { ApiException } from '@kubernetes/client-node';

/**
 * - `already-exists`, `conflict` (somebody changed it meanwhile; an optimistic update may be repeated), `not-found`
 * - `refused`: the server understood and will not: missing rights, a quota, a policy, an invalid object
 * - `unavailable`: no usable answer: unreachable, too slow, overloaded, restarting, our token not (yet) known
 */
export interface ApiFailure {
  kind: 'already-exists' | 'conflict' | 'not-found' | 'refused' | 'unavailable';
  /** The API server's message, or that of the failed connection. */
  message: string;
  /** HTTP status, absent where there was none. */
  code?: number;
}

/** Reads anything that a client call throws. */
export function apiFailure(error: unknown): ApiFailure {
  if (!(error instanceof ApiException)) return { kind: 'unavailable', message: connectionMessage(error) };
  const status = statusOf(error.body);
  const message = status.message ?? `HTTP ${error.code}`;
  return { kind: kindOf(error.code, status.reason), message, code: error.code };
}

function kindOf(code: number, reason: string | undefined): ApiFailure['kind'] {
  // 409 has two meanings that need opposite reactions; only the reason tells them apart.
  if (code === 409) return reason === 'AlreadyExists' ? 'already-exists' : 'conflict';
  if (code === 404) return 'not-found';
  // 401 while a projected token is being rotated, 408 and 429 under load: all pass with time.
  if (code === 401 || code === 408 || code === 429 || code >= 500) return 'unavailable';
  return 'refused';
}

/** The parts of metav1.Status that are used; a proxy between us and the API server may send anything instead. */
function statusOf(body: unknown): { message?: string; reason?: string } {
  let status = body;
  if (typeof body === 'string') {
    try {
      status = JSON.parse(body);
    } catch {
      return {};
    }
  }
  if (typeof status !== 'object' || status === null) return {};
  const { message, reason } = status as { message?: unknown; reason?: unknown };
  return {
    ...(typeof message === 'string' && message !== '' ? { message } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  };
}

/** fetch says only "fetch failed"; what happened stands in its cause. */
function connectionMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
