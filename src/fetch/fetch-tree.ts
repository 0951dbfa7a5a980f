/** The part of the story that needs git, DVC and the network: everything between an empty staging folder and a published tree. */
import { join } from 'node:path';
import { layoutVersion } from '../dataset/key.ts';
import { type VolumeLayout, volumeLayout } from '../dataset/layout.ts';
import type { Provenance } from '../dataset/provenance.ts';
import { canonicalReference } from '../dataset/reference.ts';
import { version } from '../version.ts';
import type { AdoptedTree } from './adopt.ts';
import { type CommitContent, readCommitContent } from './commit-content.ts';
import { companionFiles } from './companion-files.ts';
import { type DirEntry, parseDirObject } from './dir-object.ts';
import { makeWorkspace, type Workspace } from './dvc.ts';
import { fetchRevision } from './git.ts';
import type { Log } from './log.ts';
import { findCachedObjects, type ObjectCache, objectCache } from './object-cache.ts';
import type { FetchOptions } from './options.ts';
import type { Progress } from './progress.ts';
import { publishTree } from './publish.ts';
import { sampleOf } from './published.ts';
import { countPulled, pullEntries } from './pull.ts';
import { fetchDirObject } from './remote-object.ts';
import { claimScratch, type Scratch } from './scratch.ts';
import { type DirObject, selectSubset } from './subset.ts';
import { prepareTools } from './tools.ts';
import { type Sizes, writeProvenance, writeSmallFile, writeTree } from './tree.ts';
import { readCachedDirObject } from './tree-check.ts';

/** What a fetch gets from the process it runs in. */
export interface FetchSurroundings {
  environment: NodeJS.ProcessEnv;
  log: Log;
  /** Its reason is the failure to end with. */
  signal: AbortSignal;
  /** Told each secret as soon as it is read, so that nothing prints it. */
  addSecret(secret: string): void;
}

/** Fetches and publishes the tree, all but its pointer. Scratch is empty again when this ends, however it ends. */
export async function fetchTree(
  options: FetchOptions,
  staging: string,
  progress: Progress,
  surroundings: FetchSurroundings,
): Promise<AdoptedTree> {
  const scratch = await claimScratch(options.scratch, options.volume);
  try {
    return await fetchWithScratch(options, staging, scratch, progress, surroundings);
  } finally {
    await scratch.empty();
  }
}

async function fetchWithScratch(
  options: FetchOptions,
  staging: string,
  scratch: Scratch,
  progress: Progress,
  { environment, log, signal, addSecret }: FetchSurroundings,
): Promise<AdoptedTree> {
  const started = performance.now();
  const layout = volumeLayout(options.volume);
  const { reference, directories, key } = options;

  await progress.begin('commit');
  const tools = await prepareTools(options, environment, scratch, signal);
  tools.git.credentials.secrets.forEach(addSecret);
  const git = await fetchRevision(reference, tools.git);
  const commit = await readCommitContent(git, options);
  tellIgnored(commit, log);

  await progress.begin('dataset');
  const workspace = await makeWorkspace(tools.dvc, 'workspace', commit.remote);
  const dataset = await readDataset(layout, workspace, commit);
  const split = { path: join(directories.splitDir, reference.split), list: commit.list };
  const subset = selectSubset(dataset, split, directories.dataDir);

  const objects = distinctObjects(subset.entries);
  await progress.begin('cache', objects.size);
  const found = await findCachedObjects(layout, [...objects.keys(), subset.oid, dataset.oid], signal);
  const missing = [...objects.values()].filter(({ md5 }) => !found.sound.has(md5));
  if (missing.length > 0) {
    await progress.begin('pull', missing.length, () => countPulled(workspace));
    await pullEntries(missing, workspace, commit.remote, tools.dvc);
  }

  await progress.begin('publish', subset.entries.length);
  const cache = objectCache(layout, staging, found.damaged, log);
  const tree = join(staging, 'tree');
  const list = commit.list && { path: reference.split, bytes: commit.list };
  const content = { directories, entries: subset.entries, metadata: commit.metadataFile, list };
  const sources = { layout, cache, cached: found.sound, pulled: workspace.data };
  const sizes = await writeTree(tree, content, sources, signal, progress.add);
  for (const object of new Map([dataset, subset].map((each) => [each.oid, each])).values()) {
    if (!found.sound.has(object.oid)) await keepDirObject(cache, staging, object);
  }
  const provenance = describe(
    options,
    { dataset, subset },
    sizes,
    tools.versions,
    (performance.now() - started) / 1000,
  );
  await writeProvenance(tree, provenance);
  const companions = companionFiles(directories, reference.split);
  await publishTree(layout, { path: tree, key, directories, entries: subset.entries, companions }, signal, log);
  const sample = await sampleOf(layout.tree(key), companions, subset.entries, sizes, directories);
  return { provenance, sample };
}

/** From the volume's cache where another split of the same data left it, else from the remote. */
async function readDataset(layout: VolumeLayout, workspace: Workspace, commit: CommitContent): Promise<DirObject> {
  const { oid } = commit.metadata;
  const cached = await readCachedDirObject(layout, oid);
  if (cached) return { oid, ...cached };
  const bytes = await fetchDirObject(workspace, commit.remote, oid);
  return { oid, bytes, entries: parseDirObject(bytes) };
}

/** The first entry of each object: equal files are pulled once, and `writeTree` takes them from the same entry. */
function distinctObjects(entries: readonly DirEntry[]): Map<string, DirEntry> {
  const objects = new Map<string, DirEntry>();
  for (const entry of entries) if (!objects.has(entry.md5)) objects.set(entry.md5, entry);
  return objects;
}

/** So that the volume's cache is one that DVC could use, and so that `--verify` knows what must be there. */
async function keepDirObject(cache: ObjectCache, staging: string, { oid, bytes }: DirObject): Promise<void> {
  const path = join(staging, oid);
  await writeSmallFile(path, bytes);
  await cache.keep(path, oid, bytes.length);
}

function describe(
  { reference, directories, key }: FetchOptions,
  { dataset, subset }: { dataset: DirObject; subset: DirObject },
  sizes: Sizes,
  versions: { git: string; dvc: string },
  seconds: number,
): Provenance {
  return {
    dataset: canonicalReference(reference),
    key,
    layoutVersion,
    repository: reference.repository.canonical,
    revision: reference.revision,
    split: reference.split,
    ...directories,
    oid: subset.oid,
    datasetOid: dataset.oid,
    files: subset.entries.length,
    bytes: subset.entries.reduce((sum, { md5 }) => sum + (sizes.get(md5) ?? 0), 0),
    seconds: Math.round(seconds * 1000) / 1000,
    fetchedAt: new Date().toISOString(),
    versions: { 'dvc-injector': version, ...versions },
  };
}

function tellIgnored({ remote }: CommitContent, log: Log): void {
  if (remote.ignored.length === 0) return;
  log.info({ remote: remote.name, keys: remote.ignored }, "keys of the repository's .dvc/config are not used");
}
