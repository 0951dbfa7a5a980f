/** The part of the story that needs git, DVC and the network: everything between an empty staging folder and a published tree. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type VolumeLayout, volumeLayout } from '../dataset/layout.ts';
import type { WorkspacePlan } from './dvc/workspace.ts';
import type { DirEntry } from './dvc-format/dir-object.ts';
import type { ObjectNaming } from './dvc-format/object-naming.ts';
import { type DirObject, selectSubset } from './dvc-format/subset.ts';
import { fetchRevision } from './git/git.ts';
import { type CommitContent, readCommitContent } from './git/read-commit.ts';
import type { FetchOptions } from './options.ts';
import { dvcFor, prepareTools } from './prepare-tools.ts';
import { tidy } from './report/best-effort.ts';
import type { Log } from './report/log.ts';
import type { Progress } from './report/progress.ts';
import type { AdoptedTree } from './reuse/adopt.ts';
import { findCachedObjects } from './reuse/cached-objects.ts';
import { findProvenObjects, type ProvenObjects } from './reuse/proven-objects.ts';
import type { S3Client } from './s3/client.ts';
import { connectS3 } from './s3/connect.ts';
import { measureScratch } from './scratch/budget.ts';
import { claimScratch, type Scratch } from './scratch/scratch.ts';
import { fetchObjects, type TreeUnderWay } from './transfer/fetch-objects.ts';
import { readDataset } from './transfer/get-dir-object.ts';
import { companionFiles } from './tree/companions.ts';
import { describeTree } from './tree/describe.ts';
import { sampleOf } from './tree/find-published.ts';
import { interleaveFolders } from './tree/interleave.ts';
import { publishTree } from './tree/publish.ts';
import { startTree, writeProvenance, writeSmallFile } from './tree/write.ts';
import { type ObjectCache, objectCache } from './volume/object-cache.ts';

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
    await tidy('empty the scratch', surroundings.log, () => scratch.empty());
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
  const { remote, metadata } = commit;
  const { dvc, headers, secrets } = await dvcFor(remote, tools.dvc, environment, scratch);
  secrets.forEach(addSecret);
  const { objectNaming } = metadata;
  const plan: WorkspacePlan = { dvc, remote, objectNaming, localConfig: dvc.localConfig, headers };
  let client: S3Client | null = null;
  try {
    client = await connectS3(remote, dvc, options.jobs);
    const dataset = await readDataset(layout, metadata.oid, plan, client, log);
    const split = { path: join(directories.splitDir, reference.split), list: commit.list };
    const subset = selectSubset(dataset, split, directories.dataDir);

    const objects = distinctObjects(subset.entries);
    await progress.begin('cache', objects.size);
    const wanted = [...objects.keys(), subset.oid, dataset.oid];
    const prove = (present: ReadonlySet<string>) => provenFor(layout, options, objectNaming, objects, present, signal);
    const found = await findCachedObjects(layout, objectNaming, wanted, prove, signal);
    const missing = interleaveFolders([...objects.values()].filter(({ md5 }) => !found.sound.has(md5)));

    progress.expect({ objects: missing.length, files: subset.entries.length });
    await progress.begin('transfer', subset.entries.length);
    const cache = objectCache(layout, objectNaming, staging, found.damaged, signal, log);
    const tree = join(staging, 'tree');
    const list = commit.list && { path: reference.split, bytes: commit.list };
    const content = {
      directories,
      entries: subset.entries,
      objectNaming,
      metadata: commit.metadataFile,
      list,
    };
    const sound = interleaveFolders([...objects.values()].filter(({ md5 }) => found.sound.has(md5)));
    const underWay: TreeUnderWay = {
      begin: (ended) => startTree(tree, content, cache, ended, progress.add),
      async meanwhile(writer) {
        await cache.prepare(missing.map(({ md5 }) => md5));
        await writer.link(sound.map(({ md5 }) => md5));
      },
    };
    const budget = await measureScratch(scratch.root, options.scratchLimit);
    const parallel = options.jobs;
    const { sizes } = await fetchObjects(missing, underWay, {
      plan,
      client,
      budget,
      metadata,
      parallel,
      progress,
      log,
    });

    for (const object of new Map([dataset, subset].map((each) => [each.oid, each])).values()) {
      if (!found.sound.has(object.oid)) await keepDirObject(cache, staging, object);
    }
    const seconds = (performance.now() - started) / 1000;
    const provenance = describeTree(options, { dataset, subset, objectNaming }, sizes, await tools.versions, seconds);
    await writeProvenance(tree, provenance);
    await progress.begin('publish');
    const companions = companionFiles(directories, reference.split);
    const finished = { path: tree, key, directories, entries: subset.entries, objectNaming, companions };
    await publishTree(layout, finished, signal, log);
    const sample = await sampleOf(layout.tree(key), companions, subset.entries, sizes, directories);
    return { provenance, sample };
  } finally {
    await dvc.forks.close();
    await client?.close();
  }
}

/** Nothing is taken as proven where everything is to be read, or where a published tree turned out to be damaged. */
async function provenFor(
  layout: VolumeLayout,
  { key, reference, verify }: FetchOptions,
  objectNaming: ObjectNaming,
  objects: ReadonlyMap<string, DirEntry>,
  present: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ProvenObjects> {
  if (verify || existsSync(layout.tree(key))) return new Map();
  const asked = new Set([...present].filter((oid) => objects.has(oid))); // no list of a tree names lists
  const likeOurs = { repository: reference.repository.canonical, objectNaming, objects: objects.size };
  return findProvenObjects(layout, likeOurs, asked, signal);
}

/** The first entry of each object: equal files are fetched once, and the tree's writer takes them from the same entry. */
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

function tellIgnored({ remote }: CommitContent, log: Log): void {
  if (remote.ignored.length === 0) return;
  log.info({ remote: remote.name, keys: remote.ignored }, "keys of the repository's .dvc/config are not used");
}
