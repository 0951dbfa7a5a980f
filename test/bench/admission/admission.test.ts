/** The benchmark of admission runs from end to end: its figures mean nothing here, but that each answer was right does. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { figuresOf } from './figures.ts';
import type { Turn } from './rounds.ts';
import { verdicts } from './targets.ts';

// As a process of its own, since it keeps itself away from the server's processor.
test('ours and a bare Node server answer all reviews of a quick run rightly', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'figures.json');
  const main = join(import.meta.dirname, '..', 'main.ts');
  const flags = ['--quick', '--only', 'bare-node,ours', '--distinct', '20', '--json', file];
  const { stdout } = await execa(process.execPath, [main, 'admission', ...flags]);
  t.diagnostic(stdout);
  const { turns }: { turns: Turn[] } = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(
    turns.map(({ server, kind, connections }) => `${server} ${kind} ${connections}`),
    ['bare-node same 16', 'ours same 16', 'bare-node distinct 16', 'ours distinct 16'],
  );
  assert.ok(turns.every(({ requestsPerSecond, rss }) => requestsPerSecond > 1 && rss > 2 ** 20));
});

test('ratios are medians of pairs of one round, so that a slow round of the machine changes none', () => {
  const turn = (server: Turn['server'], round: number, requestsPerSecond: number, p99: number): Turn => ({
    ...{ server, round, requestsPerSecond, p99, kind: 'same', connections: 16 },
    ...{ p50: 1, longest: 1, cpuMicros: 1, clientBusy: 0, othersShare: 0, rss: 2 ** 20, disturbed: false },
  });
  const rounds = [1, 0.1, 10].flatMap((speed, round) => [
    turn('bare-node', round, 1000 * speed, 2 / speed),
    turn('ours', round, 400 * speed, 6 / speed),
  ]);
  const figures = figuresOf(rounds);
  const ratio = figures.find(({ server }) => server === 'ours')?.ratio;
  assert.deepEqual([ratio?.requests.toFixed(3), ratio?.p99.toFixed(3)], ['0.400', '3.000']);
  assert.deepEqual(
    verdicts(figures).map(({ met }) => met),
    [true, false, true],
  );
});
