/** `npm run bench -- admission`: the servers side by side in one run, one table. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { join } from 'node:path';
import { buildCommand } from '../../support/webhook/built-webhook.ts';
import { figuresOf } from './figures.ts';
import { type Options, readOptions, type ServerName } from './options.ts';
import { profileOurs, profileTable } from './profile.ts';
import { type Kind, writeReviews } from './reviews.ts';
import { mostOthers, runRounds, type Turn } from './rounds.ts';
import type { RunningServer, Stage, StartServer } from './server.ts';
import { startBareGo, startBareNode } from './servers/bare.ts';
import { startOurs } from './servers/ours.ts';
import { startEks, startVault } from './servers/peers.ts';
import { startPepr } from './servers/pepr.ts';
import { setStage } from './stage.ts';
import { tableOf } from './table.ts';
import { type Verdict, verdicts } from './targets.ts';
import { runWorst, worstTable } from './worst.ts';

const starts: Record<ServerName, StartServer> = {
  'bare-node': startBareNode,
  'bare-go': startBareGo,
  ours: startOurs,
  pepr: startPepr,
  eks: startEks,
  vault: startVault,
};

/** Runs it; returns the exit code. Throws UsageError for a bad flag. A target that is missed is no failure; an answer that is wrong throws. */
export async function admission(args: string[], signal: AbortSignal): Promise<number> {
  const options = readOptions(args);
  await buildCommand();
  const load = loadavg()[0]?.toFixed(1);
  const processor = cpus()[0]?.model.trim() ?? 'unknown';
  const machine = `${availableParallelism()} cores (${processor}), ${type()} ${release()}, load before the run ${load}, node ${process.version}`;
  await using stage = await setStage(options.peers);
  if (options.worst) {
    const worst = await runWorst(stage, signal, say);
    show([machine, '', worstTable(worst.rows), ''], worst.verdicts);
    if (options.json) writeJson(options.json, { machine, options, ...worst });
    return 0;
  }
  if (options.profile) {
    const rows = await profileOurs(stage, options, signal);
    show([machine, '', profileTable(rows), ''], []);
    if (options.json) writeJson(options.json, { machine, options, rows });
    return 0;
  }
  const turns = await measure(options, stage, signal);
  const figures = figuresOf(turns);
  const judged = verdicts(figures);
  const what = `loads of ${options.seconds} s, ${options.rounds} rounds; distinct: ${options.distinct} reviews`;
  show([machine, what, '', tableOf(figures), '', ...notesOf(turns)], judged);
  if (options.json) writeJson(options.json, { machine, options, turns, figures, verdicts: judged });
  return 0;
}

async function measure(options: Options, stage: Stage, signal: AbortSignal): Promise<Turn[]> {
  await using cleanup = new AsyncDisposableStack();
  const servers = new Map<ServerName, RunningServer>();
  const file = (name: ServerName, kind: Kind) => join(stage.folder, `${name}-${kind}.json`);
  const at = { namespace: stage.cluster.namespace, ca: stage.webhook.ca, distinct: options.distinct };
  for (const name of options.only) {
    say(`starting ${name}`);
    const server = await starts[name](stage);
    cleanup.use(server.process);
    servers.set(name, server);
    signal.throwIfAborted();
    await writeReviews(server, { ...at, file: (kind) => file(name, kind) });
  }
  return await runRounds({ options, servers, program: stage.programs.load, file, signal, say });
}

/** What makes the table less than it looks. */
function notesOf(turns: readonly Turn[]): string[] {
  const disturbed = turns.filter((turn) => turn.disturbed).length;
  const busiest = Math.max(...turns.map((turn) => turn.clientBusy));
  return [
    ...(disturbed > 0
      ? [`! others had more than ${mostOthers * 100} % of the machine during ${disturbed} of ${turns.length} loads`]
      : []),
    ...(busiest > 0.9 ? [`! the load program was busy for up to ${Math.round(busiest * 100)} % of its time`] : []),
  ];
}

function show(lines: readonly string[], judged: readonly Verdict[]): void {
  process.stdout.write(`\n${lines.join('\n')}\n`);
  for (const { met, target, found } of judged) process.stdout.write(`${met ? '✔' : '✖'} ${target}: ${found}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
