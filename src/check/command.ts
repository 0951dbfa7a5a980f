/** `dvc-injector check`: would the fetch of these datasets work? Reports on stdout, what goes on on stderr. */
import { remoteOfAdmin } from '../admission/repository-globs.ts';
import type { DatasetIdentity } from '../dataset/identity.ts';
import { exitCodes } from '../fetch/failure/exit-codes.ts';
import { FetchFailure } from '../fetch/failure/fetch-failure.ts';
import { widenThreadPool } from '../fetch/files/thread-pool.ts';
import { readDataset } from '../fetch/options.ts';
import { createLog, type Log, type Secrecy } from '../fetch/report/log.ts';
import type { FetchSurroundings } from '../fetch/surroundings.ts';
import { oneLine } from '../text.ts';
import { checkDataset } from './check-dataset.ts';
import { readLocal, type WorkingCopy } from './local.ts';
import { type ManifestDataset, readManifestDatasets } from './manifests.ts';
import { type CheckFlags, checkUsage, readCheckFlags } from './options.ts';
import { findOwnLogins } from './own-logins.ts';
import { printReports } from './print.ts';
import { type DatasetReport, emptyReport, failed } from './report.ts';
import { type Rules, readRules } from './rules.ts';

/** Prints a report for each dataset; returns the exit code of the first that is not ok, in their order. */
export async function checkCommand(args: string[], variables: NodeJS.ProcessEnv): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(checkUsage());
    return exitCodes.done.code;
  }
  widenThreadPool();
  const environment = { ...variables }; // the native S3 client changes the process's own
  const log = createLog(process.stderr, environment);
  log.level = 'warn';
  const stop = new AbortController();
  const onSignal = (signal: string) => stop.abort(new FetchFailure('terminated', `stopped by ${signal}`));
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    return await check(readCheckFlags(args, environment), { environment, log, signal: stop.signal });
  } catch (error) {
    const failure = stop.signal.aborted ? (stop.signal.reason as FetchFailure) : error;
    const isKnown = failure instanceof FetchFailure;
    const text = isKnown ? failure.message : `a bug of dvc-injector: ${(failure as Error).stack}; please report it`;
    process.stderr.write(`dvc-injector check: ${log.redact(text)}\n`);
    return exitCodes[isKnown ? failure.exit : 'internal'].code;
  } finally {
    log.terminal?.clear();
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}

interface Run {
  environment: NodeJS.ProcessEnv;
  log: Log & Secrecy;
  signal: AbortSignal;
}

async function check(flags: CheckFlags, { environment, log, signal }: Run): Promise<number> {
  const rules = readRules(flags);
  const logins = flags.ownCredentials ? await findOwnLogins(environment, signal) : null;
  logins?.secrets.forEach(log.hide);
  const surroundings: FetchSurroundings = {
    // Files of the user's own count where no Secret is named.
    environment: flags.settings.remoteSecretDir === null ? { ...logins?.environment, ...environment } : environment,
    own: logins?.own ?? null,
    log,
    signal,
    addSecret: log.hide,
    atLastResort: () => {},
  };
  const local = flags.isLocal ? await readLocal(flags, rules, { environment, signal }) : null;
  const asked = [...(await datasetsOf(flags, rules)), ...(local ? [local.dataset] : [])];
  const reports: DatasetReport[] = [];
  for (const dataset of asked) {
    const report = adviseToPush(await reportOn(dataset, flags, rules, surroundings), local);
    reports.push({ ...report, message: log.redact(report.message) });
  }
  log.terminal?.clear();
  process.stdout.write(printReports(reports, local, flags.output));
  return reports.find(({ ok }) => !ok)?.exitCode ?? exitCodes.done.code;
}

/** Those of the command line, then those of the manifests. */
async function datasetsOf(flags: CheckFlags, rules: Rules): Promise<ManifestDataset[]> {
  const named = flags.isLocal ? [] : flags.positionals.map((text) => namedDataset(text, flags, rules));
  const found: ManifestDataset[] = [];
  for (const file of flags.files) {
    const { datasets, remarks } = await readManifestDatasets(file, rules.config);
    found.push(...datasets);
    for (const remark of remarks) process.stderr.write(`${oneLine(remark)}\n`);
  }
  return [...named, ...found];
}

function namedDataset(text: string, { flags: { value } }: CheckFlags, { schemes, config }: Rules): ManifestDataset {
  try {
    const { aliases } = config.repositories;
    const identity = readDataset((name) => (name === 'dataset' ? text : value(name)), schemes, aliases);
    return { identity, remote: null };
  } catch (error) {
    if (error instanceof FetchFailure) return { written: text, failure: error };
    throw error;
  }
}

async function reportOn(
  dataset: ManifestDataset,
  flags: CheckFlags,
  { schemes, endpoints, config }: Rules,
  surroundings: FetchSurroundings,
): Promise<DatasetReport> {
  if ('failure' in dataset) {
    // A text with a password in it is not repeated.
    const shown = dataset.failure.message.includes('must hold no') ? '(an address with credentials)' : dataset.written;
    return failed(emptyReport(shown), dataset.failure, exitCodes[dataset.failure.exit].code);
  }
  const { rates, hasVolume, settings } = flags;
  const identity: DatasetIdentity = dataset.identity;
  const remote = dataset.remote ?? settings.remote;
  const given = remoteOfAdmin(identity.reference.repository.canonical, config);
  const ofAdmin = given && { url: given.url, region: given.region ?? null, endpoint: given.endpoint ?? null };
  const fallback = settings.fallback ?? ofAdmin;
  const options = { ...settings, ...identity, schemes, endpoints, remote, fallback };
  return checkDataset({ options, hasVolume, rates }, surroundings);
}

/** Whoever works in the commit's own working copy can mend it. */
function adviseToPush(report: DatasetReport, local: WorkingCopy | null): DatasetReport {
  return local && !local.pushed && !report.ok ? { ...report, message: `${report.message}; ${local.advice}` } : report;
}
