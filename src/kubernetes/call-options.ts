/** Calls of the Kubernetes client that end in time: the client itself waits for an answer as long as the socket lives. */
import {
  type ConfigurationOptions,
  Observable,
  type RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';

/** How long a list of objects may take that are then followed, in milliseconds: nobody waits for it, but a silent connection must end. */
export const listTimeout = 30_000;

/** How long one read or write may take whose outcome no review waits for, in milliseconds. */
export const callTimeout = 10_000;

/** Options for one call that `signal` ends, also while it is still connecting. */
export function until(signal: AbortSignal): ConfigurationOptions {
  return {
    middlewareMergeStrategy: 'append',
    middleware: [
      {
        pre(context: RequestContext) {
          context.setSignal(signal);
          return new Observable(Promise.resolve(context));
        },
        post: (response: ResponseContext) => new Observable(Promise.resolve(response)),
      },
    ],
  };
}

/** Options for one call that may take so many milliseconds. */
export function within(milliseconds: number): ConfigurationOptions {
  return until(AbortSignal.timeout(milliseconds));
}
