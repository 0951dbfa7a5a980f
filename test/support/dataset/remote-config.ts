/** Further commits of a dataset whose `.dvc/config` names its objects by another address, with further keys. */
import type { Dataset } from './dataset.ts';

/** Commits the configuration; returns the reference of the split `train` at that commit. */
export async function withRemote(dataset: Dataset, settings: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(settings).map(([key, value]) => `    ${key} = ${value}`);
  const config = ['[core]', '    remote = origin', `['remote "origin"']`, ...lines, ''].join('\n');
  const sha = await dataset.commit({ repositoryFiles: { '.dvc/config': config } });
  return `${dataset.url}@${sha}:train`;
}
