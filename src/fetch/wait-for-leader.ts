/** Many pods ask for one dataset at once: one fetches, the others wait until it is published or the turn is theirs. */
import { setTimeout as delay } from 'node:timers/promises';
import type { VolumeLayout } from '../dataset/layout.ts';
import { FetchFailure } from './failure/fetch-failure.ts';
import { type Lock, tryLock } from './files/flock.ts';
import type { Log } from './report/log.ts';
import { waitingLine } from './report/progress-line.ts';
import type { Publication } from './tree/find-published.ts';
import { type LeaderState, leaderNote, waitingSentence, watchLeader } from './watch-leader.ts';

export type Turn = { publication: Publication & { published: true } } | { lock: Lock };

const reportEvery = 5_000;

/**
 * Waits until `look` finds the dataset published, or this process holds its lock and it is still not.
 * @throws {FetchFailure} `gaveUp` after `waitSeconds`
 */
export async function waitForTurn(
  layout: VolumeLayout,
  key: string,
  waitSeconds: number,
  look: () => Promise<Publication>,
  signal: AbortSignal,
  log: Log,
): Promise<Turn> {
  const waiting = startWaiting(log);
  try {
    return await takeTurn(layout, key, waitSeconds, look, signal, waiting);
  } finally {
    log.terminal?.clear();
  }
}

async function takeTurn(
  layout: VolumeLayout,
  key: string,
  waitSeconds: number,
  look: () => Promise<Publication>,
  signal: AbortSignal,
  waiting: Waiting,
): Promise<Turn> {
  const started = performance.now();
  for (;;) {
    const publication = await look();
    if (publication.published) return { publication };
    const lock = await tryLock(layout.state(key));
    if (lock) {
      // Its holder may have published between the look and the lock.
      const again = await lookOrRelease(lock, look);
      if (!again.published) return { lock };
      await lock.release();
      return { publication: again };
    }
    const waited = performance.now() - started;
    if (waited > waitSeconds * 1000) throw gaveUp(waitSeconds);
    waiting(publication.state, waited / 1000);
    await pause(Math.min(1000 + Math.random() * 1000, waitSeconds * 1000 - waited + 1), signal);
  }
}

/** Told at each look what the leader wrote, and how many seconds have been waited. */
type Waiting = (state: LeaderState | null, seconds: number) => void;

/** A live line at a terminal, else a line every few seconds. */
function startWaiting(log: Log): Waiting {
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
