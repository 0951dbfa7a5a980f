/** What all stories play on: one cluster, one release, one set of servers. Their files run in one process, one after the other. */
import type { ControlPlane } from '../cluster/control-plane.ts';
import type { Node } from '../node/node.ts';
import type { Release } from './release.ts';
import type { Sources } from './sources.ts';
import type { Volumes } from './volumes.ts';

export interface Stage {
  controlPlane: ControlPlane;
  /** Undefined on a cluster of the user's, whose node is none of our business. */
  node: Node | undefined;
  sources: Sources;
  volumes: Volumes;
  release: Release;
  /** Only stories with such titles are played. */
  only: RegExp | undefined;
}

let current: Stage | undefined;

/** Called once, before the files of the stories are loaded. */
export function setStage(stage: Stage): void {
  current = stage;
}

export function theStage(): Stage {
  if (!current) throw new Error('the stories are run by npm run e2e, which makes the cluster first');
  return current;
}
