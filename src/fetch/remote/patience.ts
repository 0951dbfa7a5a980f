/** How long a remote may be silent before it is taken for dead: the one figure that every way to ask it starts from. */
import type { Remote } from './choose-remote.ts';

/** In seconds, unless the remote says otherwise; DVC's own default. */
export const usualReadSeconds = 60;

/** How long the remote may be silent, in seconds; 0 in its settings means the usual. */
export function readSeconds({ settings }: Pick<Remote, 'settings'>): number {
  return Number(settings.read_timeout ?? usualReadSeconds) || usualReadSeconds;
}

/** How long a run of DVC may bring next to nothing, in seconds: it may list a remote for long without bringing a byte. */
export function stallSeconds(remote: Pick<Remote, 'settings'>): number {
  return 5 * readSeconds(remote);
}
