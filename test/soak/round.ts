/** One dataset, fetched by several pods at once, of which some are killed and restarted until all have ended well. */
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes } from '../../src/fetch/failure/exit-codes.ts';
import type { Instant, PlannedKill, PlannedRound } from './choices.ts';
import { type KillMode, type Pod, startPod } from './pod.ts';
import type { Served } from './remote.ts';
import { cachedObjects } from './volume-check.ts';
import type { Wanted } from './wanted.ts';

/** What a round works with. */
export interface RoundOrder {
  volume: string;
  logs: string;
  dataset: Wanted;
  plan: PlannedRound;
  served: Served;
  /** How long such a fetch takes when nobody disturbs it, in milliseconds. */
  expected: number;
  /** Grows by each object that is seen in the volume's cache. */
  kept: Set<string>;
  signal: AbortSignal;
}

/** A kill that was made. */
export interface Hit {
  mode: KillMode;
  phase: string;
}

export interface RoundResult {
  hits: Hit[];
  /** How long it took until all had ended. */
  milliseconds: number;
  findings: string[];
}

const tick = 5;
/** A machine under load is no finding; a fetch that never ends is one. */
const limit = 10 * 60_000;

/** Runs the round to its end; every pod has ended with 0 then, or it is a finding. */
export async function runRound(order: RoundOrder): Promise<RoundResult> {
  const { plan, signal, dataset, kept, volume } = order;
  const result: RoundResult = { hits: [], milliseconds: 0, findings: [] };
  const started = performance.now();
  await using pods = new AsyncDisposableStack();
  const all: Pod[] = [];
  for (let index = 0; index <= plan.waiters; index += 1) {
    if (index > 0) await sleep(plan.stagger, undefined, { signal });
    const name = `${dataset.name.replace(':', '-').replace('*', 'all')}-pod-${index + 1}`;
    const { reference } = dataset;
    all.push(pods.use(await startPod({ ...order, ...order.served, name, reference })));
  }
  for (const mode of plan.plannedKills) {
    await instantOf(mode.instant, all, order);
    const hit = await killOne(mode, all, result.findings);
    if (!hit) break; // all have ended: the dataset is published
    result.hits.push(hit);
    for (const oid of cachedObjects(volume)) kept.add(oid);
  }
  await Promise.all(all.map((pod) => runToTheEnd(pod, started + limit, result.findings)));
  result.milliseconds = performance.now() - started;
  await Promise.all(all.map((pod) => tidied(pod, result.findings)));
  return result;
}

async function instantOf(instant: Instant, pods: readonly Pod[], { expected, signal }: RoundOrder): Promise<void> {
  const started = performance.now();
  const running = () => pods.some(({ outcome }) => !outcome);
  const elapsed = () => performance.now() - started;
  if ('part' in instant) {
    while (running() && elapsed() < instant.part * expected) await sleep(tick, undefined, { signal });
    return;
  }
  // Where it never comes, as a waiter never pulls and a warm cache makes no pull, the kill comes late.
  const inPhase = () => pods.some((pod) => !pod.outcome && pod.phase() === instant.phase);
  while (running() && !inPhase() && elapsed() < expected) await sleep(tick, undefined, { signal });
  await sleep(instant.delay, undefined, { signal });
}

/** Strikes a pod that is running and restarts it; undefined where none is. */
async function killOne(planned: PlannedKill, pods: readonly Pod[], findings: string[]): Promise<Hit | undefined> {
  const running = pods.filter(({ outcome }) => !outcome);
  const aimedAt = 'phase' in planned.instant ? planned.instant.phase : undefined;
  const preferred = running.filter((pod) => (aimedAt ? pod.phase() === aimedAt : pod.phase() !== 'waiting'));
  const candidates = planned.leader && preferred.length > 0 ? preferred : running;
  const pod = candidates[Math.floor(planned.pod * candidates.length)];
  if (!pod) return undefined;
  const phase = pod.phase();
  const mode = await pod.strike(planned.mode);
  if (mode === 'tool') return { mode, phase }; // what its fetcher makes of it is seen at the end
  if (mode === 'SIGTERM') findings.push(...afterTermination(pod));
  pod.restart();
  return { mode, phase };
}

/** One that had published already may end with 0; no other code is right, and nothing of its own may be left. */
function afterTermination(pod: Pod): string[] {
  const code = pod.outcome?.exitCode ?? null;
  // Before it could listen for signals it ends as any process does, and had made nothing.
  const early = code === null && pod.running.log.length === 0;
  const right = early || code === exitCodes.terminated.code || code === exitCodes.done.code;
  const left = leftIn(pod, pod.inherited);
  return [
    ...(right ? [] : [`${pod.name} ended with ${code} after SIGTERM: ${lastWords(pod)}`]),
    ...left.map((name) => `${pod.name} left ${name} in its scratch after SIGTERM`),
  ];
}

/** What a fetcher may end with whose git or DVC was killed: the next attempt can succeed, and the kubelet makes it. */
const afterKilledTool: (number | null | undefined)[] = [exitCodes.unreachable.code, exitCodes.io.code];

async function runToTheEnd(pod: Pod, deadline: number, findings: string[]): Promise<void> {
  for (;;) {
    const late = sleep(Math.max(0, deadline - performance.now()), 'late' as const, { ref: false });
    if ((await Promise.race([pod.running.ended, late])) === 'late') {
      findings.push(`${pod.name} still runs after ${limit / 60_000} minutes, in phase ${pod.phase()}`);
      return;
    }
    const code = pod.outcome?.exitCode;
    if (code === exitCodes.done.code) return;
    if (!pod.toolKilled || !afterKilledTool.includes(code)) {
      findings.push(`${pod.name} ended with ${code}: ${lastWords(pod)}`);
      return;
    }
    pod.restart();
  }
}

/**
 * The next good run of a pod tidies up after the dead ones. A folder that nobody holds may be one that is just being
 * made, so that it may be left alone while it is young; an hour later it may not.
 */
async function tidied(pod: Pod, findings: string[]): Promise<void> {
  await pod.orphansEnded();
  if (leftIn(pod).length === 0) return;
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const name of readdirSync(pod.scratch)) utimesSync(join(pod.scratch, name), longAgo, longAgo);
  pod.restart();
  const { exitCode } = await pod.running.ended;
  if (exitCode !== exitCodes.done.code) {
    findings.push(`${pod.name} ended with ${exitCode} when run again: ${lastWords(pod)}`);
  }
  findings.push(...leftIn(pod).map((name) => `${pod.name} left ${name} in its scratch for ever`));
}

function leftIn({ scratch }: Pod, known: ReadonlySet<string> = new Set()): string[] {
  const names = readdirSync(scratch).filter((name) => !known.has(name));
  return names.map((name) => {
    const inside = readdirSync(join(scratch, name));
    return `${name} (with ${inside.length > 0 ? inside.slice(0, 5).join(', ') : 'nothing'} in it)`;
  });
}

function lastWords(pod: Pod): string {
  return String(pod.running.log.at(-1)?.msg ?? 'it said nothing');
}
