/** Options that end a call of the Kubernetes client in time: without them it waits as long as the connection lives. */
import {
  type ConfigurationOptions,
  Observable,
  type RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';

/** How long an informer's list may take, in milliseconds: nobody waits for it, but a silent connection must end. */
export const listTimeout = 30_000;

/** How long one read or write may take for which no review waits, in milliseconds. */
export const callTimeout = 10_000;

/** Options for one call that `signal` aborts, also while it is still connecting. */
export function withSignal(signal: AbortSignal): ConfigurationOptions {
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

/** Options for one call that is aborted after so many milliseconds. */
export function withTimeout(milliseconds: number): ConfigurationOptions {
  return withSignal(AbortSignal.timeout(milliseconds));
}
