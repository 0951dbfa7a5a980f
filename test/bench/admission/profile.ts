/** `--profile`: where the processor time of a request goes in our server, by the room or the package whose code it was. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Profiler } from 'node:inspector';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { putLoad } from './load.ts';
import type { Options } from './options.ts';
import { writeReviews } from './reviews.ts';
import type { Stage } from './server.ts';
import { oursAt } from './servers/ours.ts';
import { textTable } from './table.ts';

/** Time in microseconds of one request. */
export interface ProfileRow {
  where: string;
  micros: number;
}

const connections = 16;

/** The rows, the most expensive first, of a load of different reviews. A profiled server is slower than else, so shares are what counts. */
export async function profileOurs(stage: Stage, options: Options, signal: AbortSignal): Promise<ProfileRow[]> {
  const preload = pathToFileURL(join(import.meta.dirname, 'cpu-profile.ts')).href;
  const started = await stage.webhook.start({ wrapper: stage.pinned, node: ['--import', preload], messages: true });
  await using server = started;
  const ours = oursAt(stage, server);
  const reviews = join(stage.folder, 'profiled.json');
  const { namespace } = stage.cluster;
  const at = { namespace, ca: stage.webhook.ca, distinct: options.distinct };
  await writeReviews(ours, { ...at, file: (kind) => (kind === 'distinct' ? reviews : `${reviews}.same`) });
  const order = { program: stage.programs.load, server: ours, reviews, connections, seconds: options.seconds, signal };
  await putLoad(order); // until it is compiled
  await putLoad(order);
  await answered(server.child, 'start');
  const { cpuMicros } = await putLoad(order);
  return rowsOf((await answered(server.child, 'stop')) as Profiler.Profile, cpuMicros);
}

async function answered(child: ChildProcess, message: string): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0];
}

/** What a load that took so long for each request spent where. */
export function rowsOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, cpuMicros: number): ProfileRow[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const spent = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id);
    if (!node || isNobodys(node.callFrame)) continue;
    const where = whereOf(node.callFrame);
    spent.set(where, (spent.get(where) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  }
  const all = [...spent.values()].reduce((sum, time) => sum + time, 0);
  return [...spent]
    .map(([where, time]) => ({ where, micros: (time / all) * cpuMicros }))
    .sort((one, other) => other.micros - one.micros);
}

/** Waiting, and the profiler's own work. */
function isNobodys({ url, functionName }: Profiler.Profile['nodes'][number]['callFrame']): boolean {
  return functionName === '(idle)' || url === 'node:inspector' || url.endsWith('/cpu-profile.ts');
}

/** Such as `dist/admission`, `express`, `node:http`, `garbage collector`. What V8 does for a function counts as the function's. */
function whereOf({ url, functionName }: Profiler.Profile['nodes'][number]['callFrame']): string {
  const installed = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  const own = /\/dist\/([^/]+)/.exec(url)?.[1];
  if (own !== undefined) return own.endsWith('.js') ? 'dist' : `dist/${own}`;
  if (!url.startsWith('node:')) return functionName.replace(/^\((.*)\)$/, '$1') || 'unknown';
  return url.replace('internal/', '').split('/')[0] ?? url;
}

export function profileTable(rows: readonly ProfileRow[]): string {
  const all = rows.reduce((sum, { micros }) => sum + micros, 0);
  const cells = rows
    .filter(({ micros }) => micros / all > 0.005)
    .map(({ where, micros }) => [where, micros.toFixed(0), `${((100 * micros) / all).toFixed(1)} %`]);
  return textTable(['where', 'µs', 'share'], [...cells, ['all', all.toFixed(0), '']], 1);
}
