/** What the stories leave on a cluster, and its end: an own cluster goes anyway, one of the user's is to be as it was. */
import type { ControlPlane } from '../cluster/control-plane.ts';
import { say } from '../progress.ts';
import { type Release, releaseNamespace } from './release.ts';

/** Of every object that is made for the stories and lies in no namespace of theirs. */
export const madeForStories = { 'dvc-injector.test/made-for': 'stories' };

/** Removes the release, the teams and their volumes, also those of an earlier run that was cut off. */
export async function removeRemains(controlPlane: ControlPlane, release: Release): Promise<void> {
  say('removing what stories have left on the cluster');
  const selector = Object.entries(madeForStories)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const remove = (...what: string[]) =>
    controlPlane.kubectl(['delete', '--ignore-not-found', '--wait', '--timeout=5m', ...what], { check: true });
  // Its policies would refuse pods of the teams that end.
  await release.remove();
  await remove('namespaces', '--selector', selector);
  await remove('namespaces', releaseNamespace);
  await remove('persistentvolumes', '--selector', selector);
  await remove('pods', '--namespace', 'default', '--grace-period=1', '--selector', selector);
}
