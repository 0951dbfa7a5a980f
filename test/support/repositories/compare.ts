/** Asks the real DVC and our own fetch for the same path of the same commit, and says where they differ. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideDvc, provideOlderDvc } from '../../../provision/dvc.ts';
import { isolatedGit } from '../../../provision/isolated-tools.ts';
import { filesBelow, leftovers, makePlace, type Outcome, publishedFolder } from '../fetch/fetcher.ts';
import { endedFetch } from '../fetch/outcome.ts';
import { type DvcRuns, startDvcRuns } from './dvc-runs.ts';
import { makeRepository, type Repository } from './project.ts';
import { isWithin, type Pulled, pullPath } from './pulled.ts';
import type { DvcVersion, Maker, Refusal, Shape } from './shape.ts';

/** Both DVCs, and the repositories that were made with them. */
export interface Workshop extends AsyncDisposable {
  /** The shape's repository, made the first time that one with its maker and version is asked for. */
  repositoryOf(shape: Pick<Shape, 'make' | 'version'>): Promise<Repository>;
  /** What DVC makes of the path. */
  pull(repository: Repository, path: string, by?: DvcVersion): Promise<Pulled>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-shapes-'));
  const bins: Record<DvcVersion, string> = { 3: (await provideDvc()).bin, 2: (await provideOlderDvc()).bin };
  const started = new Map<DvcVersion, DvcRuns>();
  const made = new Map<string, Promise<Repository>>();
  let count = 0;
  const newFolder = () => {
    count += 1;
    const path = join(folder, String(count));
    mkdirSync(path);
    return path;
  };
  const runs = (version: DvcVersion): DvcRuns => {
    const known = started.get(version) ?? startDvcRuns(bins[version], join(folder, `home-${version}`));
    started.set(version, known);
    return known;
  };
  const keys = new Map<Maker, number>();
  return {
    repositoryOf({ make, version = 3 }) {
      keys.set(make, keys.get(make) ?? keys.size);
      const key = `${version} ${keys.get(make)}`;
      const repository = made.get(key) ?? makeRepository(newFolder(), runs(version), make);
      made.set(key, repository);
      return repository;
    },
    pull: (repository, path, by = 3) => pullPath(newFolder(), runs(by), repository, path),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(made.values());
      for (const each of started.values()) await each[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asserts that the shape comes to what is expected, with DVC and with us. */
export async function assertShape(workshop: Workshop, shape: Shape): Promise<void> {
  const repository = await workshop.repositoryOf(shape);
  const { dataDir, split = '*', expectation } = shape;
  const pulled = await workshop.pull(repository, dataDir, shape.pulledBy);
  if ('exitCode' in expectation) {
    assertPulledAs(expectation.dvc, pulled);
    const { outcome } = await fetchPath(repository, dataDir, split);
    assertRefused(outcome, expectation);
    return;
  }
  assert.equal(pulled.exitCode, 0, pulled.output);
  const { outcome, files } = await fetchPath(repository, dataDir, split);
  assert.equal(outcome.exitCode, 0, outcome.output);
  const { data, metadata } = apart(files, dataDir);
  assert.deepEqual(Object.keys(data).sort(), [...expectation.files].sort());
  const wanted = split === '*' ? Object.keys(pulled.files) : expectation.files;
  assert.deepEqual(data, Object.fromEntries(wanted.map((path) => [path, pulled.files[path]])));
  await assertCommitted(repository, metadata);
}

interface Fetched {
  outcome: Outcome;
  /** All that is published, by its path. */
  files: Record<string, Buffer>;
}

/** Fetches on a new volume; fails where anything is left behind, or where it is published though the fetch failed. */
export async function fetchPath({ url, sha }: Repository, dataDir: string, split: string): Promise<Fetched> {
  await using place = await makePlace();
  const flags = ['--data-dir', dataDir, '--allow-scheme', 'file,http'];
  const outcome = await endedFetch(place, `${url}@${sha}:${split}`, { flags });
  assert.deepEqual(leftovers(place), [], outcome.output);
  const published = publishedFolder(place.volume);
  assert.equal(published !== undefined, outcome.exitCode === 0, outcome.output);
  return { outcome, files: published === undefined ? {} : filesBelow(published) };
}

/** The data, and what of git's files stands beside it; without what is our own. */
export function apart(files: Fetched['files'], dataDir: string) {
  const own = new Set(['dataset.json', 'split.txt']);
  const isMetadata = (path: string) => /(?:\.dvc|(?:^|\/)(?:dvc\.lock|Dvcfile))$|^data-split\//.test(path);
  const all = Object.entries(files).filter(([path]) => !own.has(path));
  const data = all.filter(([path]) => isWithin(path, dataDir) && !isMetadata(path));
  const metadata = all.filter(([path]) => !isWithin(path, dataDir) || isMetadata(path));
  return { data: Object.fromEntries(data), metadata: Object.fromEntries(metadata) };
}

/** What stands beside the data is git's, byte for byte, at git's own path. */
export async function assertCommitted({ directory, sha }: Repository, files: Fetched['files']): Promise<void> {
  assert.ok(Object.keys(files).length > 0, 'the metadata stands beside the data');
  const git = isolatedGit(join(directory, '..', 'home'));
  for (const [path, bytes] of Object.entries(files)) {
    assert.equal(`${bytes}`.trimEnd(), (await git(directory, 'show', `${sha}:${path}`)).trimEnd(), path);
  }
}

export function assertRefused({ exitCode, terminationMessage, output }: Outcome, expected: Omit<Refusal, 'dvc'>): void {
  assert.equal(exitCode, expected.exitCode, output);
  assert.match(terminationMessage, expected.sentence);
  assert.equal(terminationMessage.split('\n').length, 1);
}

function assertPulledAs(kind: Refusal['dvc'], { exitCode, output, files }: Pulled): void {
  const found = exitCode !== 0 ? 'fails' : Object.keys(files).length === 0 ? 'brings nothing' : 'brings files';
  assert.equal(found, kind, output);
}
