/** One fetch that is killed again and again: what was brought must count, or a large dataset would never arrive. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes } from '../../src/fetch/exit-codes.ts';
import { onDisk } from '../../src/fetch/scratch-budget.ts';
import { shardsAtOnce } from '../../src/fetch/transfer.ts';
import { seeded } from '../bench/provision/random.ts';
import type { RecordingProxy } from '../support/s3/recording-proxy.ts';
import { startPod } from './pod.ts';
import type { Served } from './remote.ts';
import { volumeProblems } from './volume-check.ts';
import { watch } from './watch.ts';

export interface Downloads {
  /** Bytes of object bodies that left the server, and those of the objects themselves. */
  sent: number;
  needed: number;
  kills: number;
  findings: string[];
  folder: string | undefined;
}

/** The server may send half of the dataset a second time, for ten kills. */
export const mostOften = 1.5;
/**
 * A fetch brings its dataset in parts of a third of its scratch each, and a kill costs those that are under way. So
 * the scratch is so small that a part is to this dataset what one is to a large dataset beside a scratch of the usual size.
 */
const parts = 80;
/** What git and the list of files take of the scratch. */
const companions = 768 * 1024;
/** Each kill comes after at most this part of the dataset's objects has been asked for since the start. */
const farthest = 0.15;

/** Kills the container so many times while it downloads, on one volume, and lets it end then. */
export async function countDownloads(order: {
  folder: string;
  seed: number;
  kills: number;
  served: Served;
  signal: AbortSignal;
}): Promise<Downloads> {
  const { seed, served, signal } = order;
  const [dataset] = served.datasets;
  const folder = join(order.folder, `downloads-${seed}`);
  const volume = join(folder, 'volume');
  mkdirSync(volume, { recursive: true });
  const objects = new Map(
    [...dataset.tree].flatMap(([path, file]) => (file && path.startsWith('data/') ? [[file.md5, file.bytes]] : [])),
  );
  const needed = [...objects.values()].reduce((sum, bytes) => sum + bytes, 0);
  const limit = ['--scratch-limit', scratchLimit([...objects.values()])];
  // One at a time: each request that finds its part full is made again, which beside parts so small would count.
  const options = { ...served.options, flags: [...served.options.flags, ...limit, '--jobs', '1'] };
  const random = seeded(seed);
  const watcher = watch(volume, [dataset]);
  served.proxy.reset();
  await using pod = await startPod({
    name: 'pod',
    volume,
    logs: join(folder, 'logs'),
    reference: dataset.reference,
    options,
  });
  let kills = 0;
  while (kills < order.kills) {
    const enough = askedFor(served.proxy) + Math.ceil(random() * farthest * objects.size);
    while (!pod.outcome && askedFor(served.proxy) < enough) await sleep(1, undefined, { signal });
    if (pod.outcome) break;
    await pod.strike('container');
    kills += 1;
    pod.restart();
  }
  const { exitCode } = await pod.running.ended;
  const sent = served.proxy.requests.filter(isObject).reduce((sum, { responseBytes }) => sum + responseBytes, 0);
  const findings = [...(await watcher.end()).findings, ...volumeProblems(volume, [dataset], new Set())];
  if (exitCode !== exitCodes.done.code) findings.push(`it ended with ${exitCode} when nobody disturbed it`);
  if (kills < order.kills) findings.push(`only ${kills} kills fell into the download`);
  if (sent > mostOften * needed) {
    findings.push(
      `the server sent ${sent} bytes of objects, more than ${mostOften} × ${needed}: a kill costs too much`,
    );
  }
  const result = { sent, needed, kills, findings };
  if (findings.length > 0) return { ...result, folder };
  rmSync(folder, { recursive: true, force: true });
  return { ...result, folder: undefined };
}

/** In bytes. */
function scratchLimit(sizes: readonly number[]): string {
  const onScratch = sizes.reduce((sum, bytes) => sum + onDisk(bytes), 0);
  return String(Math.ceil(((onScratch / parts) * shardsAtOnce + companions) / 0.8));
}

function askedFor(proxy: RecordingProxy): number {
  return proxy.requests.filter(isObject).length;
}

/** A file's object, and not a folder's list. */
function isObject({ method, path }: { method: string; path: string }): boolean {
  return method === 'GET' && /\/[0-9a-f]{30}$/.test(path);
}
