/** Reports progress of an installation on stderr, because a silent minute looks like a hang. */

/** Runs `work` and prints to stderr what it is, a line every ten seconds while it lasts, and how long it took. */
export async function announced<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  process.stderr.write(`${what} …\n`);
  const ticker = setInterval(() => process.stderr.write(`  … still ${what}, ${seconds()} s\n`), 10_000);
  try {
    const result = await work();
    process.stderr.write(`  done in ${seconds()} s\n`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
