/** Fetches a dataset from end to end: all that needs git, DVC and the network, from an empty staging folder to a whole tree. Pointer and state are the leader's. */
import { join } from 'node:path';
import { type VolumeLayout, volumeLayout } from '../dataset/layout.ts';
import { buildTree } from './build-tree.ts';
import { type DirObject, selectSubset } from './dvc-format/subset.ts';
import { fetchRevision } from './git/git.ts';
import { type CommitContent, readCommit } from './git/read-commit.ts';
import type { FetchOptions } from './options.ts';
import { prepareRemote } from './prepare-remote.ts';
import { prepareTools } from './prepare-tools.ts';
import { readRemoteSecret } from './remote/secret.ts';
import { secretKeys } from './remote/types.ts';
import { bestEffort } from './report/best-effort.ts';
import type { Progress } from './report/progress.ts';
import type { AdoptedTree } from './reuse/adopt.ts';
import { makeScratch, type Scratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { getDirObject } from './transfer/get-dir-object.ts';
import { describeTree } from './tree/describe.ts';
import { sampleOf } from './tree/find-published.ts';
import { publishTree } from './tree/publish.ts';
import { treeShape } from './tree/shape.ts';
import { writeProvenance } from './tree/write.ts';

/** One fetch: where it writes, and what it is surrounded by. */
interface Fetch extends FetchSurroundings {
  layout: VolumeLayout;
  /** This process's own folder on the volume. */
  staging: string;
  scratch: Scratch;
  progress: Progress;
}

/** Fetches and publishes the tree, all but its pointer. Scratch is empty again when this ends, however it ends. */
export async function fetchDataset(
  options: FetchOptions,
  staging: string,
  progress: Progress,
  surroundings: FetchSurroundings,
): Promise<AdoptedTree> {
  const layout = volumeLayout(options.volume);
  const scratch = await makeScratch(options.scratch, options.volume);
  try {
    return await fetchWithScratch(options, { ...surroundings, layout, staging, scratch, progress });
  } finally {
    await bestEffort('empty the scratch', surroundings.log, () => scratch.empty());
  }
}

async function fetchWithScratch(options: FetchOptions, fetch: Fetch): Promise<AdoptedTree> {
  const started = performance.now();
  const { layout, staging, scratch, progress, signal } = fetch;
  await progress.begin('commit');
  const environment = await withRemoteSecret(options, fetch);
  const tools = await prepareTools(options, environment, scratch, signal);
  const { credentials } = tools.git;
  credentials.secrets.forEach(fetch.addSecret);
  warnOfUnusedKeys("the git Secret's", credentials.unused, fetch);
  const commit = await readCommit(await fetchRevision(options.reference, tools.git), options, remoteRules(options));
  logIgnoredKeys(commit, fetch);

  await progress.begin('dataset');
  const context = await prepareRemote(commit, { ...fetch, environment, tools, home: scratch, jobs: options.jobs });
  try {
    const dataset = await getDirObject(layout, context);
    const subset = subsetOf(dataset, commit, options);
    const tree = join(staging, 'tree');
    const sizes = await buildTree({ dataset, subset, commit, tree }, options, fetch, context);

    const { objectNaming } = context.metadata;
    const seconds = (performance.now() - started) / 1000;
    const content = { dataset, subset, objectNaming, sizes };
    const provenance = describeTree(options, content, { versions: await tools.versions, seconds });
    await writeProvenance(tree, provenance);
    await progress.begin('publish');
    const { key } = options;
    const shape = treeShape(options, { entries: subset.entries, objectNaming });
    await publishTree(layout, { ...shape, path: tree, key }, context);
    return { provenance, sample: await sampleOf(layout.tree(key), shape, sizes) };
  } finally {
    await context.close();
  }
}

/** What the admin allows beyond the cloud's own. */
function remoteRules({ schemes, endpoints }: FetchOptions) {
  return { localFolders: schemes.includes('file'), endpoints };
}

function subsetOf(dataset: DirObject, { list }: CommitContent, { directories, reference }: FetchOptions): DirObject {
  return selectSubset(dataset, { path: join(directories.splitDir, reference.split), list }, directories.dataDir);
}

/** The init container's environment and the keys of the remote's Secret, which win over nothing that the admin set. */
async function withRemoteSecret({ remoteSecretDir }: FetchOptions, fetch: Fetch): Promise<NodeJS.ProcessEnv> {
  const { values, unused } = await readRemoteSecret(remoteSecretDir);
  for (const [key, value] of Object.entries(values)) if (secretKeys.has(key) && value) fetch.addSecret(value);
  warnOfUnusedKeys("the remote's Secret's", unused, fetch);
  return { ...values, ...fetch.environment };
}

/** Their names only: a value may be a secret that stands under a wrong name. */
function warnOfUnusedKeys(whose: string, keys: readonly string[], { log }: Fetch): void {
  if (keys.length === 0) return;
  log.warn({ keys }, `${whose} keys ${keys.join(', ')} are not used: docs/reference/remotes.md has those that are`);
}

function logIgnoredKeys({ remote }: CommitContent, { log }: Fetch): void {
  if (remote.ignored.length === 0) return;
  log.info({ remote: remote.name, keys: remote.ignored }, "keys of the repository's .dvc/config are not used");
}
