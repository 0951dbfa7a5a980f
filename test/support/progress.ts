/** Lines that say what is being done, because a silent minute looks like a hang. */

const started = performance.now();

/** Prints a line with the time since this program began. */
export function say(what: string): void {
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`[${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}] ${what}\n`);
}
