/** Sorts folders by depth: those of one level can be made or read at once, and only after the level above. */

/** The paths, relative ones, in arrays of equal depth from the shallowest. */
export function byDepth(folders: Iterable<string>): string[][] {
  const levels: string[][] = [];
  for (const folder of folders) {
    const depth = slashesIn(folder);
    while (levels.length <= depth) levels.push([]);
    levels[depth]?.push(folder);
  }
  return levels;
}

/** Counted in place: split up, a path of two thousand segments would be as many strings. */
function slashesIn(path: string): number {
  let count = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) count += 1;
  return count;
}
