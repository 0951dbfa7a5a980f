/** Errors that nobody caught: bugs, after which a fetch still has to end in order, with its sentence and without leftovers. */

/** In milliseconds: children are killed sooner, and a large scratch takes some seconds to remove. */
const longestEnd = 20_000;

/**
 * Until the returned function is called, an error that would end the process is given to `onBug` instead, which makes
 * the fetch end. Whatever waits for the thing that broke may wait for ever: `onStuck` is called if the end takes long.
 */
export function lastResort(onBug: (error: unknown) => void, onStuck: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onUncaught = (error: unknown) => {
    onBug(error);
    timer ??= setTimeout(onStuck, longestEnd);
  };
  process.on('uncaughtException', onUncaught); // Node gives it the rejections that nobody handles, too
  return () => {
    clearTimeout(timer);
    process.off('uncaughtException', onUncaught);
  };
}
