/** Judges from the state file alone how the leader is doing: it may be a pod on another node, of which a waiter sees nothing else. */
import { type Phase, phases } from './report/progress.ts';
import type { Clock } from './report/rate.ts';
import type { Figures } from './report/tally.ts';

/** What the leader last wrote. */
export interface LeaderState {
  phase: string;
  updatedAt: string;
  progress?: Figures | undefined;
}

export interface Leader {
  /** `unknown` until it has written. */
  phase: Phase | 'unknown';
  figures: Figures;
  /** Seconds since it wrote, where that is so long that it must be paused or cut off from the volume. */
  silent?: number;
}

const silence = 60_000; // it writes every few seconds

/**
 * Returns a function that is shown the leader's state again and again. Silence is counted from when this process saw
 * the last change, never from `updatedAt` to now: those are the clocks of two nodes.
 */
export function watchLeader(clock: Clock): (state: LeaderState | null) => Leader {
  let last: string | undefined;
  let since = clock();
  return (state) => {
    if (state?.updatedAt !== last) {
      last = state?.updatedAt;
      since = clock();
    }
    const { phase = 'unknown', progress = { files: 0, of: 0, bytes: 0 } } = state ?? {};
    const silent = clock() - since;
    const { rate, eta, ...counted } = progress;
    return {
      phase: Object.hasOwn(phases, phase) ? (phase as Phase) : 'unknown',
      // A rate and an estimate of a minute ago would be false by now.
      figures: silent >= silence ? counted : progress,
      ...(silent >= silence ? { silent: Math.floor(silent / 1000) } : {}),
    };
  };
}

/** The waiter's sentence, which names the silence of a leader because no figure would. */
export function waitingSentence({ silent }: Leader): string {
  return silent === undefined ? phases.waiting : `${phases.waiting} (leader silent for ${silent} s)`;
}

/** What the waiter's live line says of the leader beside its figures; null where those say all. */
export function leaderNote({ phase, figures, silent }: Leader): string | null {
  if (silent !== undefined) return `leader silent for ${silent} s`;
  return phase === 'unknown' || figures.of > 0 ? null : phases[phase];
}
