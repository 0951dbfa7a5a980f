/** Which of a commit's outputs a dataset is: all that DVC tracks at, below or around its path. */
import { foldersAbove } from '../../dataset/folders.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import {
  isAtOrBelow,
  isFolder,
  isRelated,
  isTracked,
  type Output,
  type RefusedOutput,
  type TrackedOutput,
} from './output.ts';

/** The outputs that a path means. */
export interface SelectedOutputs {
  /** At least one: the one that the path lies in or is, or all that lie below it. */
  tracked: TrackedOutput[];
  /** Below the path too, and not to be had. What DVC itself would leave out is in neither. */
  refused: RefusedOutput[];
}

/**
 * The outputs at, below or around `path`; null where there are none, or only such as DVC doesn't keep.
 * @throws {FetchFailure} `dataset` where the one output can't be fetched, or two of them overlap, which DVC refuses
 */
export function selectOutputs(outputs: readonly Output[], path: string): SelectedOutputs | null {
  const related = outputs.filter((each) => isRelated(each.path, path));
  requireSeparate(related);
  const around = related.find((each) => isAtOrBelow(path, each.path) && path !== '.');
  if (around && !isTracked(around)) throw refusal(around);
  if (around) {
    const isInside = path !== around.path;
    return isInside && !isFolder(around) ? null : { tracked: [around], refused: [] };
  }
  const tracked = related.filter(isTracked);
  const others = related.filter((each): each is RefusedOutput => !isTracked(each));
  const refused = others.filter(({ leftOut }) => !leftOut);
  if (tracked.length > 0) return { tracked, refused };
  const [first = others[0]] = refused;
  if (first) throw refusal(first);
  return null;
}

/** The failure of a dataset that would need this output. */
export function refusal({ path, source, why }: RefusedOutput): FetchFailure {
  return new FetchFailure('dataset', `${path} (${source} of the commit) ${why}`);
}

/** No output twice, and none in another: DVC refuses a commit that has such, as each would undo the other's checkout. */
function requireSeparate(outputs: readonly Output[]): void {
  const sourceOf = new Map<string, string>();
  for (const { path, source } of outputs) {
    const other = sourceOf.get(path);
    if (other !== undefined) throw overlap({ path, source }, { path, source: other });
    sourceOf.set(path, source);
  }
  for (const { path, source } of outputs) {
    for (const folder of foldersAbove(path).reverse()) {
      const other = sourceOf.get(folder);
      if (other !== undefined) throw overlap({ path, source }, { path: folder, source: other });
    }
  }
}

type Place = Pick<Output, 'path' | 'source'>;

function overlap(inner: Place, outer: Place): FetchFailure {
  const what = inner.path === outer.path ? 'the same path' : `${inner.path}, which lies in ${outer.path}`;
  return new FetchFailure(
    'dataset',
    `${outer.source} and ${inner.source} of the commit both track ${what}, and DVC refuses such outputs: remove one by dvc remove, and use that commit`,
  );
}
