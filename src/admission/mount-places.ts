/** Tells by a path alone which dataset is mounted there, without comparing every mount with every dataset. */

/** A dataset and where it is mounted; the path is normalised. */
export interface Placed {
  /** Null for the unnamed dataset. */
  name: string | null;
  mountPath: string;
}

/** Indices of datasets by path. */
interface Places {
  /** The dataset that is mounted at `path`, or that contains it. */
  atOrAbove(path: string): number | undefined;
  /** The first dataset that is mounted somewhere below `path`. */
  below(path: string): number | undefined;
}

/** A folder on the way to datasets. */
interface Folder {
  folders: Map<string, Folder>;
  /** The dataset that is mounted here. */
  here?: number;
  /** The first one that is mounted further down. */
  further?: number;
}

/** Of datasets that do not lie in one another, so that at most one is at or above a path. */
export function placesOf(datasets: readonly Placed[]): Places {
  const root: Folder = { folders: new Map() };
  for (const [index, { mountPath }] of datasets.entries()) {
    let folder = root;
    for (const segment of segmentsOf(mountPath)) {
      folder.further ??= index;
      const next = folder.folders.get(segment) ?? { folders: new Map() };
      folder.folders.set(segment, next);
      folder = next;
    }
    folder.here ??= index;
  }
  return {
    atOrAbove(path) {
      let folder: Folder | undefined = root;
      for (const segment of segmentsOf(path)) {
        if (folder === undefined || folder.here !== undefined) break;
        folder = folder.folders.get(segment);
      }
      return folder?.here;
    },
    below(path) {
      let folder: Folder | undefined = root;
      for (const segment of segmentsOf(path)) folder = folder?.folders.get(segment);
      return folder?.further;
    },
  };
}

function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}
