/** One fetch that is killed again and again: what was brought must count, or a large dataset would never arrive. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes } from '../../src/fetch/failure/exit-codes.ts';
import { seeded } from '../support/dataset/random.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
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

/**
 * The server may send half of the dataset a second time, for ten kills: what has arrived is on the volume at once, so a
 * kill costs the 64 requests that are in flight.
 */
export const mostOften = 1.5;
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
  const dataset = served.datasets.reduce((most, each) => (each.tree.size > most.tree.size ? each : most));
  const folder = join(order.folder, `downloads-${seed}`);
  const volume = join(folder, 'volume');
  mkdirSync(volume, { recursive: true });
  const objects = new Map(
    [...dataset.tree].flatMap(([path, file]) => (file && path.startsWith('data/') ? [[file.md5, file.bytes]] : [])),
  );
  const needed = [...objects.values()].reduce((sum, bytes) => sum + bytes, 0);
  const random = seeded(seed);
  const watcher = watch(volume, [dataset]);
  served.proxy.reset();
  await using pod = await startPod({
    name: 'pod',
    volume,
    logs: join(folder, 'logs'),
    reference: dataset.reference,
    options: served.options,
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
  const sent = served.proxy.requests.filter(isObjectRequest).reduce((sum, { responseBytes }) => sum + responseBytes, 0);
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

function askedFor(proxy: RecordingProxy): number {
  return proxy.requests.filter(isObjectRequest).length;
}
