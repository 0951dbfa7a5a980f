/** `npm run soak -- reviews`: sends damaged reviews to the built webhook, and says whether an answer or its memory broke a promise. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Seen, sendDamaged } from '../../support/fuzz/send-damaged.ts';
import type { Logged } from '../../support/process/logged.ts';
import { buildCommand, prepareWebhook } from '../../support/webhook/built-webhook.ts';
import { ask } from '../../support/webhook/https.ts';
import { startServedNamespace } from '../../support/webhook/served-namespace.ts';
import { type ReviewOptions, readReviewOptions } from './options.ts';

/** After so many, code is compiled and caches are full: from then on memory is to stay what it is. */
const warm = 20_000;

/** Within so many MiB: the process collects when it likes, so that two looks differ by some of its garbage. */
const flat = 32;

/** Resolves to the exit code: 1 where a promise broke. Throws UsageError for a bad flag. */
export async function reviewsCommand(args: string[], signal: AbortSignal): Promise<number> {
  const options = readReviewOptions(args);
  console.log(`seed ${options.seed}`);
  await buildCommand();
  await using cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-soak-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  const { rights, namespace } = cleanup.use(await startServedNamespace());
  const webhook = await prepareWebhook(folder, rights);
  const running = cleanup.use(await webhook.start());
  const memory = followMemory(running);
  const { url, ca } = webhook;
  const seen = await sendDamaged(url, { ...options, namespace, ca, signal, onProgress: memory.look });
  const findings = findingsOf(options, seen, memory, running);
  const bugs = readFileSync(webhook.log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"level":"error"'));
  if (bugs.length > 0) findings.push(`the log has ${bugs.length} errors, the first: ${bugs[0]}`);
  const { status } = await ask(`${url}/healthz`, ca);
  if (status !== 200) findings.push(`/healthz answers ${status}`);
  console.log(`\n${JSON.stringify(seen)}`);
  console.log(`memory: at most ${memory.early()} MiB in the first ${warm}, ${memory.late()} MiB after them`);
  console.log(findings.map((finding) => `✖ ${finding}`).join('\n') || '✔ no promise broke');
  console.log(`seed ${options.seed}`);
  return findings.length > 0 ? 1 : signal.aborted ? 130 : 0;
}

interface Memory {
  look(sent: number): void;
  /** In MiB. */
  early(): number;
  late(): number;
}

function followMemory({ pid }: Logged): Memory {
  let [early, late] = [0, 0];
  return {
    look(sent) {
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const mib = Math.round(Number(kib) / 1024);
      if (sent <= warm) early = Math.max(early, mib);
      else late = Math.max(late, mib);
      if (sent % 10_000 === 0) console.log(`${sent} reviews, ${mib} MiB`);
    },
    early: () => early,
    late: () => late,
  };
}

function findingsOf({ rounds }: ReviewOptions, seen: Seen, memory: Memory, running: Logged): string[] {
  const found: string[] = [];
  const ended = running.ended();
  if (ended !== undefined) found.push(`the webhook ${ended}:\n${running.lastWords()}`);
  const growth = memory.late() - memory.early();
  if (growth > flat) found.push(`its memory grew by ${growth} MiB after the first ${warm} reviews`);
  const rare = Object.entries(seen).filter(([, count]) => count < rounds / 100);
  if (rare.length > 0) found.push(`hardly ever seen: ${rare.map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  return found;
}
