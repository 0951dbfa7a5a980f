/** Where everything lies on the shared volume; the only place that knows these paths. */
import { join } from 'node:path';

/** Paths on one volume, each absolute below its mount point. */
export interface VolumeLayout {
  root: string;
  /** Objects in DVC's own cache layout, `ab/cdef…` below it. */
  cache: string;
  /** Unfinished trees, one folder per process. */
  staging: string;
  /** One immutable folder per dataset. */
  trees: string;
  /** One symlink per dataset, which containers mount by subPath. */
  datasets: string;
  /** One JSON file per dataset: its state and, by flock, its lock. */
  states: string;
  /** The object with this md5 (32 hex digits, or those and `.dir`). */
  object(oid: string): string;
  tree(key: string): string;
  pointer(key: string): string;
  state(key: string): string;
}

/** The layout below `root`, an absolute path. */
export function volumeLayout(root: string): VolumeLayout {
  const cache = join(root, 'cache', 'files', 'md5');
  return {
    root,
    cache,
    staging: join(root, 'staging'),
    trees: join(root, 'trees'),
    datasets: join(root, 'datasets'),
    states: join(root, 'state'),
    object: (oid) => join(cache, oid.slice(0, 2), oid.slice(2)),
    tree: (key) => join(root, 'trees', key),
    pointer: (key) => join(root, pointerSubPath(key)),
    state: (key) => join(root, 'state', `${key}.json`),
  };
}

/** The `subPath` by which a container mounts the dataset. */
export function pointerSubPath(key: string): string {
  return `datasets/${key}`;
}

/** What the pointer's symlink says: relative, so that it holds wherever the volume is mounted. */
export function pointerTarget(key: string): string {
  return `../trees/${key}`;
}
