/** Finds out about one dataset all that a fetch would find out, by the fetch's own steps, and takes no data. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { volumeLayout } from '../dataset/layout.ts';
import { canonicalReference } from '../dataset/reference.ts';
import type { DirEntry } from '../fetch/dvc-format/dir-object.ts';
import { BadList } from '../fetch/dvc-format/subset.ts';
import { exitCodes } from '../fetch/failure/exit-codes.ts';
import { FetchFailure } from '../fetch/failure/fetch-failure.ts';
import { ioFailure } from '../fetch/failure/io-failure.ts';
import type { FetchOptions } from '../fetch/options.ts';
import { type FetchGroup, type NamedDataset, withNamedDataset } from '../fetch/read-dataset.ts';
import { bestEffort } from '../fetch/report/best-effort.ts';
import { startProgress } from '../fetch/report/progress.ts';
import { distinctObjects } from '../fetch/reuse/distinct-objects.ts';
import { makeScratch } from '../fetch/scratch/scratch.ts';
import type { FetchSurroundings } from '../fetch/surroundings.ts';
import { gitCredentialsUsed, remoteCredentialsUsed } from './credentials-used.ts';
import { estimateFetch, type Rates } from './estimate.ts';
import { findOnVolume, publishedOn } from './on-volume.ts';
import { findAtRemote, tellMissing } from './presence.ts';
import { type DatasetReport, emptyReport, failed } from './report.ts';

/** What is asked. */
export interface Question {
  options: FetchOptions;
  /** Whether `options.volume` is to be looked at; else there is none. */
  hasVolume: boolean;
  rates: Rates;
}

/** Never throws for what is wrong with the dataset: that is what the report is for. */
export async function checkDataset(question: Question, surroundings: FetchSurroundings): Promise<DatasetReport> {
  const { options, hasVolume } = question;
  const { signal, log } = surroundings;
  const report = emptyReport(canonicalReference(options.reference));
  report.credentials.push(gitCredentialsUsed(options, surroundings));
  let own: string | undefined;
  try {
    if (hasVolume) {
      const published = await publishedOn(volumeLayout(options.volume), options);
      if (published) {
        const { files, bytes } = published;
        const message = 'published on the volume already: a pod starts at once';
        return { ...report, credentials: [], message, files, bytes, onVolume: { files, bytes } };
      }
    }
    own = await mkdtemp(join(options.scratch, 'dvc-injector-check-'));
    const folders = { volume: hasVolume ? options.volume : join(own, 'volume'), scratch: join(own, 'scratch') };
    for (const folder of [join(own, 'volume'), folders.scratch]) await mkdir(folder);
    return await checkAt({ ...question, options: { ...options, ...folders } }, report, surroundings);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const failure = error instanceof FetchFailure ? error : ioFailure(error, options);
    if (!failure) throw error;
    if (failure instanceof BadList) {
      report.badLines = failure.everyOffence().map(({ line, text, why }) => ({ line, text, reason: why }));
    }
    return failed(report, failure, exitCodes[failure.exit].code);
  } finally {
    const folder = own;
    if (folder) await bestEffort('remove the scratch', log, () => rm(folder, { recursive: true, force: true }));
  }
}

async function checkAt(
  question: Question,
  report: DatasetReport,
  surroundings: FetchSurroundings,
): Promise<DatasetReport> {
  const { options } = question;
  const scratch = await makeScratch(options.scratch, options.volume);
  surroundings.atLastResort(() => scratch.emptyNow());
  const progress = startProgress(surroundings.log, async () => {}); // the state file is a leader's to write
  const reading = { ...surroundings, layout: volumeLayout(options.volume), scratch, progress };
  try {
    return await withNamedDataset(options, reading, (named) => checkNamed(named, question, report, surroundings));
  } finally {
    await progress.stop();
    await bestEffort('empty the scratch', surroundings.log, () => scratch.empty());
  }
}

/** What is known of one group's objects. */
interface GroupFinding {
  group: FetchGroup;
  objects: ReadonlyMap<string, DirEntry>;
  onVolume: ReadonlyMap<string, number>;
  atRemote: ReadonlyMap<string, number | null>;
}

async function checkNamed(
  named: NamedDataset,
  question: Question,
  report: DatasetReport,
  surroundings: FetchSurroundings,
): Promise<DatasetReport> {
  const { options } = question;
  const { outputs } = named.commit;
  const [first] = outputs;
  if (first) report.remote = { name: first.from.name, type: first.from.type, url: first.from.settings.url ?? '' };
  report.outputs = outputs.map(({ path, oid, from }) => ({ path, oid, remote: from.name }));
  report.credentials.push(...remoteCredentialsUsed(outputs, options, surroundings));
  await named.tools.versions; // a fetch fails without them, too
  const findings: GroupFinding[] = [];
  for (const [index, group] of named.groups.entries()) findings.push(await findGroup(group, index, question));
  tellFiles(report, named, findings);
  report.missing = findings.flatMap(missingOf).map(({ relpath, md5 }) => ({ path: relpath, hash: md5 }));
  tellVolumeAndEstimate(report, findings, question);
  for (const [index, finding] of findings.entries()) {
    const missing = missingOf(finding);
    const [wanted] = missing;
    if (wanted) await tellMissing(wanted, missing.length, finding.group.context, index);
  }
  return { ...report, message: 'a fetch would succeed' };
}

async function findGroup(group: FetchGroup, index: number, { options, hasVolume }: Question): Promise<GroupFinding> {
  const { objectNaming, entries, context } = group;
  const objects = distinctObjects(entries);
  const layout = volumeLayout(options.volume);
  const onVolume = hasVolume
    ? await findOnVolume(layout, objects.keys(), objectNaming, context.signal)
    : new Map<string, number>();
  const wanted = [...objects.keys()].filter((oid) => !onVolume.has(oid));
  return { group, objects, onVolume, atRemote: await findAtRemote(wanted, context, index) };
}

function missingOf({ objects, onVolume, atRemote }: GroupFinding): DirEntry[] {
  return [...objects.values()].filter(({ md5 }) => !onVolume.has(md5) && !atRemote.has(md5));
}

/** Files, their bytes, and the largest: by the lengths that were told, else by what the metadata says of the whole. */
function tellFiles(report: DatasetReport, { subset, groups }: NamedDataset, findings: readonly GroupFinding[]): void {
  report.files = subset.entries.length;
  let bytes = 0;
  let guessed = 0;
  let isUnknown = false;
  for (const { group, onVolume, atRemote } of findings) {
    const { meanBytes } = group.context;
    for (const { md5, relpath } of group.entries) {
      const length = onVolume.get(md5) ?? atRemote.get(md5) ?? null;
      if (length !== null && length > (report.largestFile?.bytes ?? -1))
        report.largestFile = { path: relpath, bytes: length };
      if (length !== null) bytes += length;
      else if (meanBytes !== null) {
        bytes += meanBytes;
        guessed += 1;
      } else isUnknown = true;
    }
  }
  if (groups.length === 0 || isUnknown) return;
  report.bytes = Math.round(bytes);
  report.bytesAreEstimated = guessed > 0;
  if (guessed > 0) report.largestFile = null; // of those whose length is known it would be no answer
}

function tellVolumeAndEstimate(
  report: DatasetReport,
  findings: readonly GroupFinding[],
  { hasVolume, rates }: Question,
): void {
  const there = findings.flatMap(({ onVolume }) => [...onVolume.values()]);
  const bytes = there.reduce((sum, each) => sum + each, 0);
  if (hasVolume) report.onVolume = { files: there.length, bytes };
  const files = findings.reduce((sum, { atRemote }) => sum + atRemote.size, 0);
  const largest = report.largestFile?.bytes ?? null;
  const left = report.bytes === null ? null : Math.max(0, report.bytes - bytes);
  report.estimate = estimateFetch({ files, bytes: left, largest }, rates);
}
