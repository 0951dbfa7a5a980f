/** The folders at the top of the shared volume, and the paths of a dataset's tree, pointer and state. */
import { join } from 'node:path';

/** Paths on one volume, each absolute below its mount point. */
export interface VolumeLayout {
  root: string;
  /** Objects as in DVC's own cache; how each is named below it is the dataset's `ObjectNaming`. */
  cache: string;
  /** Unfinished trees, one folder per process. */
  staging: string;
  /** One immutable folder per dataset. */
  trees: string;
  /** One symlink per dataset, which containers mount by subPath. */
  datasets: string;
  /** One JSON file per dataset: its state and, by flock, its lock. */
  states: string;
  tree(key: string): string;
  pointer(key: string): string;
  state(key: string): string;
}

/** The layout below `root`, an absolute path. */
export function volumeLayout(root: string): VolumeLayout {
  return {
    root,
    cache: join(root, 'cache'),
    staging: join(root, 'staging'),
    trees: join(root, 'trees'),
    datasets: join(root, 'datasets'),
    states: join(root, 'state'),
    tree: (key) => join(root, 'trees', key),
    pointer: (key) => join(root, pointerSubPath(key)),
    state: (key) => join(root, 'state', `${key}.json`),
  };
}

/** The `subPath` by which a container mounts the dataset. */
export function pointerSubPath(key: string): string {
  return `datasets/${key}`;
}

/** The target of the dataset's symlink: relative, so that it is valid wherever the volume is mounted. */
export function pointerTarget(key: string): string {
  return `../trees/${key}`;
}
