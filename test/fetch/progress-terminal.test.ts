/** What a person sees who runs a fetch by hand, as the kernel's own terminal gets it. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { eventually } from '../support/eventually.ts';
import { leftovers, makePlace, type Place, type Running } from '../support/fetch/fetcher.ts';
import { drawn } from '../support/fetch/screen.ts';
import { makeTerminal, type TestTerminal } from '../support/fetch/terminal.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';

const files = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`${i}.txt`, `content ${i}`]));
const hostileName = 'a\u001b]0;title\u0007\u001b[2J\u009b2J\u007fb';
let s3: S3;
let proxy: RecordingProxy;
let dataset: Dataset;
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
  const remote = { kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint } as const;
  dataset = await makeDataset({ files, splits: { all: Object.keys(files), hostile: [hostileName] }, remote });
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await s3?.stop();
});

interface AtTerminal {
  running: Running;
  terminal: TestTerminal;
  /** All that was written to the terminal so far. */
  text(): string;
  /** Lets the objects come. */
  open(): void;
}

/** Starts a fetch at a terminal, and holds every object until it is let through. */
function startAtTerminal(place: Place, columns: number, split = 'all'): AtTerminal {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const remove = proxy.inject({
    when: isObjectRequest,
    wait: () => opened,
  });
  const terminal = makeTerminal(dirname(place.volume), columns);
  const running = place.start(`${dataset.url}@${dataset.sha}:${split}`, {
    flags: ['--allow-endpoint', proxy.endpoint],
    environment: dataset.credentials,
    prefix: terminal.prefix,
  });
  let text = '';
  running.process.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  return {
    running,
    terminal,
    text: () => text,
    open() {
      remove();
      open();
    },
  };
}

const pictures = (text: string) => text.split('\r').filter((part) => /^[\d,]+ of 150 files/.test(part));

test('one line is drawn again in place, none of JSON is written, and the last word is a sentence', async () => {
  await using place = await makePlace();
  const { running, text, open } = startAtTerminal(place, 80);
  await eventually('the live line is drawn often', async () => pictures(text()).length > 10);
  const rows = drawn(text(), 80);
  assert.equal(rows.filter((row) => /of 150 files/.test(row)).length, 1, rows.join('\n'));
  open();
  const { exitCode, output } = await running.ended;
  assert.equal(exitCode, 0, output);
  assert.doesNotMatch(output, /[{}]/);
  const last = drawn(output, 80);
  assert.doesNotMatch(last.join('\n'), /of 150 files/);
  assert.match(last.join(''), /published 150 files \([\d.]+ kB\) of .+:all in [\d.]+ s/);
  assert.deepEqual(leftovers(place), []);
});

test('a terminal that becomes narrower gets a line that fits', async () => {
  await using place = await makePlace();
  const { running, terminal, text, open } = startAtTerminal(place, 80);
  await eventually('the live line is drawn', async () => pictures(text()).length > 1);
  await terminal.resize(12);
  const seen = text().length;
  await eventually('the line is drawn again and again', async () => text().slice(seen).split('\r').length > 20);
  const parts = text().slice(seen).split('\r');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: how a line is erased
  for (const part of parts.slice(4)) assert.ok(part.replace(/\u001b\[J/, '').length < 12, JSON.stringify(part));
  open();
  assert.equal((await running.ended).exitCode, 0);
});

test('SIGTERM leaves no live line: what stays are the log lines', async () => {
  await using place = await makePlace();
  const { running, terminal, text, open } = startAtTerminal(place, 80);
  await eventually('the live line is drawn', async () => pictures(text()).length > 1);
  process.kill(await terminal.pid(), 'SIGTERM');
  const { exitCode, output } = await running.ended;
  open();
  assert.equal(exitCode, 143, output);
  const rows = drawn(output, 80);
  assert.doesNotMatch(rows.join('\n'), /of 150 files/);
  assert.match(rows.slice(1).join(' '), /stopped by SIGTERM/);
  assert.deepEqual(leftovers(place), []);
});

test("a waiter at a terminal sees the leader's figures on its live line", async () => {
  await using place = await makePlace();
  const leader = startAtTerminal(place, 80);
  await eventually('the leader works', async () => pictures(leader.text()).length > 1);
  const waiter = startAtTerminal(place, 100);
  await eventually('the leader is told', async () => /waiting \d+ s {2}\d+ of 150 files/.test(waiter.text()));
  leader.open();
  waiter.open();
  assert.equal((await leader.running.ended).exitCode, 0);
  const { exitCode, output } = await waiter.running.ended;
  assert.equal(exitCode, 0, output);
  const rows = drawn(output, 100);
  assert.doesNotMatch(rows.join('\n'), /waiting/);
  assert.match(rows.join(''), /150 files .*published already/);
});

test("control characters of a repository's names don't reach the terminal", async () => {
  await using place = await makePlace();
  const { running, open } = startAtTerminal(place, 80, 'hostile');
  open();
  const { exitCode, output } = await running.ended;
  assert.equal(exitCode, 65, output);
  // It throws on any that a log line or the live line has no use for.
  assert.match(drawn(output, 80).join(''), /line 1/);
});
