/** `npm run e2e`: the product on a real cluster with a real node. Provides everything, plays the stories, cleans up. */
import { cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { provideDvc } from '../../provision/dvc.ts';
import { provideHelm } from '../../provision/helm.ts';
import { provideKubernetes } from '../../provision/kubernetes.ts';
import { provideVersitygw } from '../../provision/s3.ts';
import { buildImages } from '../support/images/all.ts';
import { removeControlGroup } from '../support/node/control-groups.ts';
import { provideCoreDns } from '../support/node/coredns.ts';
import { enterMachine } from '../support/node/enter.ts';
import { folders, runFolder } from '../support/node/layout.ts';
import { type Hold, holdAlone } from '../support/node/only-one.ts';
import { say } from '../support/progress.ts';
import { type Options, readOptions, usage } from './options.ts';
import { imageTools, installMissing, nodeTools } from './packages.ts';

async function main(args: string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args, process.env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 64;
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    process.stderr.write('npm run e2e makes a node and container images, which only root can do, on Linux\n');
    return 77;
  }
  const hold = await holdAlone();
  if (!hold) {
    process.stderr.write('another npm run e2e is going on on this machine: wait until it has ended\n');
    return 75;
  }
  try {
    return await run(options, hold);
  } finally {
    hold.release();
  }
}

async function run(options: Options, hold: Hold): Promise<number> {
  await removeRemains(); // of a run that was killed
  mkdirSync(folders.temporary, { recursive: true });
  say('looking for the programs that are needed');
  await installMissing(options.existing ? imageTools : [...imageTools, ...nodeTools]);
  await provideDvc();
  await provideVersitygw();
  await provideHelm();
  await provideKubernetes(['kubelet']);
  if (!options.existing) await provideCoreDns();
  const archives = await buildImages(options.from);
  const played = enterMachine(playCommand(options, archives), {
    machine: !options.existing,
    environment: { ...process.env, TMPDIR: folders.temporary, ...existingKubeconfig(options) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => played.stop());
  const exitCode = await played.ended;
  if (exitCode !== 0) process.stderr.write(`\nLogs, events and objects of this run: ${keepLogs()}\n`);
  say('cleaning up');
  await removeRemains();
  hold.release();
  return exitCode;
}

/** As a test file; at its end the servers and components that it started are still there, so it is told to exit. */
function playCommand(options: Options, archives: readonly string[]): string[] {
  const flags = ['--test-reporter=spec', '--test-force-exit'];
  return [process.execPath, ...flags, join(import.meta.dirname, 'play.ts'), JSON.stringify({ ...options, archives })];
}

function existingKubeconfig({ existing }: Options): NodeJS.ProcessEnv {
  return existing ? { DVC_INJECTOR_TEST_KUBECONFIG: existing.kubeconfig } : {};
}

/** Moves the logs to where the next run doesn't delete them; returns the folder. */
function keepLogs(): string {
  const kept = mkdtempSync(join(tmpdir(), 'dvc-injector-e2e-logs-'));
  if (existsSync(folders.logs))
    cpSync(folders.logs, kept, { recursive: true, dereference: false, verbatimSymlinks: true });
  return kept;
}

/** Processes, mounts and the network went with the machine; this is what lay outside of it. */
async function removeRemains(): Promise<void> {
  await removeControlGroup();
  await execa('rm', ['-rf', '--one-file-system', runFolder]); // many files: Node would take four times as long
}

process.exitCode = await main(process.argv.slice(2));
