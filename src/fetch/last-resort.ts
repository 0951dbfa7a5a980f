/** Ends a fetch in order even where a step of it never ends: it must still give a sentence, and leave nothing on scratch. */

/** How long an orderly end may take, in milliseconds. */
export const longestEnds = {
  /** After a bug: children are killed sooner, and a large scratch is removed in some seconds. */
  bug: 20_000,
  /** After a signal: Kubernetes' shortest usual grace is 10 s, and children are killed after 5. */
  signal: 8_000,
} as const;

export interface LastResort {
  /** Lets the end begin: after so many milliseconds at most this process has ended. Of several calls the soonest end counts. */
  begin(milliseconds: number): void;
  /** Called when the fetch has ended by itself. What still holds the process then, such as a name that is being resolved, holds it no longer. */
  end(): void;
}

/**
 * Until its `end`, an uncaught error is given to `onBug`, which makes the fetch end, in place of ending the process. Some
 * step may wait for ever, for what that error broke or for a volume that hangs: `onStuck` is called when the end takes
 * too long, and has to end the process.
 */
export function lastResort(onBug: (error: unknown) => void, onStuck: () => void): LastResort {
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let ended = false;
  const resort: LastResort = {
    begin(milliseconds) {
      if (performance.now() + milliseconds >= due) return;
      due = performance.now() + milliseconds;
      clearTimeout(timer);
      timer = setTimeout(() => (ended ? process.exit() : onStuck()), milliseconds);
    },
    end() {
      ended = true;
      timer?.unref();
      process.off('uncaughtException', onUncaught);
    },
  };
  const onUncaught = (error: unknown) => {
    onBug(error);
    resort.begin(longestEnds.bug);
  };
  process.on('uncaughtException', onUncaught); // Node gives it the rejections that nobody handles, too
  return resort;
}
