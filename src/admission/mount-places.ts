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

/** Of datasets that do not lie in one another, so that at most one is at or above a path. */
export function placesOf(datasets: readonly Placed[]): Places {
  const at = new Map(datasets.map(({ mountPath }, index) => [mountPath, index]));
  const around = new Map<string, number>();
  for (const [index, { mountPath }] of datasets.entries()) {
    for (const path of ancestors(mountPath)) if (!around.has(path)) around.set(path, index);
  }
  const longest = Math.max(0, ...datasets.map(({ mountPath }) => mountPath.length));
  return {
    atOrAbove(path) {
      const here = at.get(path);
      if (here !== undefined) return here;
      // No dataset is longer, so what comes after has no say; a path may be a megabyte long.
      for (const outer of ancestors(path.slice(0, longest + 1))) {
        const index = at.get(outer);
        if (index !== undefined) return index;
      }
      return undefined;
    },
    below: (path) => around.get(path),
  };
}

/** The folders around a path, the root first: `/` and `/a` of `/a/b`. */
function ancestors(path: string): string[] {
  const found = path === '/' ? [] : ['/'];
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    found.push(path.slice(0, slash));
  }
  return found;
}
