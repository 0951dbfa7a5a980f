/** Published already, or elected to fetch it, or waiting for who is: the first step of every start, as many pods want one dataset at once. */
import { setTimeout as delay } from 'node:timers/promises';
import { FetchFailure } from './failure/fetch-failure.ts';
import { type Lock, tryLock } from './files/flock.ts';
import type { Log, StepContext } from './report/log.ts';
import { waitingLine } from './report/progress-line.ts';
import type { Publication } from './tree/find-published.ts';
import { type LeaderState, leaderNote, waitingSentence, watchLeader } from './watch-leader.ts';

/** What the wait came to: the dataset is there, or this process is the leader and holds the lock. */
export type Election = { publication: Publication & { published: true } } | { lock: Lock };

const reportEvery = 5_000;

/**
 * Waits until `look` finds the dataset published, or this process holds the lock on `lockFile` and it is still not.
 * @throws {FetchFailure} `gaveUp` after `waitSeconds`
 */
export async function findOrElect(
  lockFile: string,
  waitSeconds: number,
  look: () => Promise<Publication>,
  { log, signal }: StepContext,
): Promise<Election> {
  const report = startReport(log);
  const started = performance.now();
  try {
    for (;;) {
      const election = await tryElection(lockFile, look);
      if (!('state' in election)) return election;
      const waited = performance.now() - started;
      if (waited > waitSeconds * 1000) throw gaveUp(waitSeconds);
      report(election.state, waited / 1000);
      await pause(Math.min(1000 + Math.random() * 1000, waitSeconds * 1000 - waited + 1), signal);
    }
  } finally {
    log.terminal?.clear();
  }
}

/** One look, and one try for the lock; what the leader last wrote where another process has it. */
async function tryElection(
  lockFile: string,
  look: () => Promise<Publication>,
): Promise<Election | { state: LeaderState | null }> {
  const publication = await look();
  if (publication.published) return { publication };
  const lock = await tryLock(lockFile);
  if (!lock) return { state: publication.state };
  // Its holder may have published between the look and the lock.
  const again = await lookOrRelease(lock, look);
  if (!again.published) return { lock };
  await lock.release();
  return { publication: again };
}

/** Told at each look what the leader wrote, and how many seconds have been waited. */
type WaitReport = (state: LeaderState | null, seconds: number) => void;

/** A live line at a terminal, else a line every few seconds. */
function startReport(log: Log): WaitReport {
  const watch = watchLeader(() => performance.now());
  let reported = Number.NEGATIVE_INFINITY;
  return (state, seconds) => {
    const leader = watch(state);
    const line = (width: number) => waitingLine(leaderNote(leader), leader.figures, seconds, width);
    if (log.terminal?.live) return log.terminal.show(line);
    if (performance.now() - reported < reportEvery) return;
    reported = performance.now();
    if (log.terminal) return log.info(line(Number.POSITIVE_INFINITY));
    const { figures, ...rest } = leader;
    const waited = Math.round(seconds);
    log.info({ phase: 'waiting', leader: { ...rest, ...figures }, waited }, waitingSentence(leader));
  };
}

async function lookOrRelease(lock: Lock, look: () => Promise<Publication>): Promise<Publication> {
  try {
    return await look();
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A second and a bit: so that a hundred waiters neither knock at once nor leave the dataset unattended for long. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {}); // an abort is thrown in our own words below
  signal.throwIfAborted();
}

function gaveUp(waitSeconds: number): FetchFailure {
  return new FetchFailure(
    'gaveUp',
    `another fetcher of the same dataset was still at work after ${waitSeconds} s: look at the log of its pod (label dvc.io/dataset-key), or wait longer (fetcher.waitTimeout, --wait-timeout)`,
  );
}
