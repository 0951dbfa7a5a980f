/** Ends a fetch in order even after a bug: an error that nobody caught must still give a sentence, and leave nothing on scratch. */

/** How long an orderly end may take, in milliseconds: children are killed sooner, and a large scratch is removed in some seconds. */
const longestEnd = 20_000;

/**
 * Until the returned function is called, an uncaught error is given to `onBug`, which makes the fetch end, in place of
 * ending the process. Some step may wait for ever for what that error broke: `onStuck` is called when the end takes
 * too long.
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
