/** What was asked of the S3 server: the proof that something was downloaded once, or not at all. */
import { eventually } from '../eventually.ts';
import type { Asked } from '../s3/fault.ts';
import { isObjectRequest } from '../s3/object-request.ts';
import { theStage } from './stage.ts';

/** How often each object was downloaded since the last `forgetDownloads`, by path. */
export function downloads(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of theStage().sources.s3.requests) {
    if (isObjectRequest(request)) counts[request.path] = (counts[request.path] ?? 0) + 1;
  }
  return counts;
}

export function forgetDownloads(): void {
  theStage().sources.s3.reset();
}

/** A gate before the S3 server. */
export interface Gate {
  /** Resolves when a request stands before it; throws where none comes. */
  reached(): Promise<void>;
  open(): void;
}

/** Lets the first `free` of the requests that `when` picks pass, and holds the others until it is opened. */
export function closeGate(when: (request: Asked) => boolean, free = 0): Gate {
  const opened = Promise.withResolvers<void>();
  let seen = 0;
  let held = false;
  const remove = theStage().sources.s3.inject({
    when: (request) => {
      if (!when(request)) return false;
      seen += 1;
      return seen > free;
    },
    wait: () => {
      held = true;
      return opened.promise;
    },
  });
  return {
    async reached() {
      await eventually('a request comes to the gate', async () => held, 300);
    },
    open() {
      remove();
      opened.resolve();
    },
  };
}
