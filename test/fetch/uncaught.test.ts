/** An error that nobody caught, in the midst of a fetch: it ends as every other failure does, and not as a crash. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makePlace, type Place, publishedFolder } from '../support/fetch/fetcher.ts';
import { endedFetch, fails, succeeds } from '../support/fetch/outcome.ts';

let folder: string;
let dataset: Dataset;
let reference: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-uncaught-'));
  dataset = await makeDataset({ files: { a: 'the first', b: 'the second' }, splits: {} });
  reference = `${dataset.url}@${dataset.sha}:*`;
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A program that Node loads before ours, and that runs `bug` once DVC is at work in a shard. */
function withBug(place: Place, bug: string): Record<string, string> {
  const file = join(folder, `bug-${readdirSync(folder).length}.mjs`);
  const program = `import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const timer = setInterval(() => {
  const at = fs.readdirSync(${JSON.stringify(place.scratch)}, { recursive: true });
  if (!at.some((path) => /shard-1\\/\\.dvc\\/tmp/.test(path))) return;
  clearInterval(timer);
  ${bug}
}, 5).unref();
`;
  writeFileSync(file, program);
  return { NODE_OPTIONS: `--import=${file}` };
}

/** Processes that work below the folder. */
function processesIn(place: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(place);
    } catch {
      return false; // not ours, or just ended
    }
  });
}

const sentence =
  /^a bug of dvc-injector ended the fetch \(Error: nobody expected this\): please report it with this log$/;

for (const [title, bug] of Object.entries({
  'an exception': `throw new Error('nobody expected this');`,
  'a rejection that nobody handles': `Promise.reject(new Error('nobody expected this'));`,
})) {
  test(`${title}: 70 with a sentence, no child and nothing left, and the next run succeeds`, async () => {
    await using place = await makePlace();
    const { log } = await fails(place, reference, 70, sentence, { environment: withBug(place, bug) });
    assert.deepEqual(processesIn(place.scratch), []);
    assert.match(String(log.find(({ stack }) => stack)?.stack), /nobody expected this\s+at .*bug-/);
    await succeeds(place, reference);
  });
}

test('even where something waits for ever after it: 70 with the sentence', async () => {
  await using place = await makePlace();
  const bug = `promises.rm = () => new Promise(() => {});
  syncBuiltinESMExports();
  throw new Error('nobody expected this');`;
  const { exitCode, terminationMessage } = await endedFetch(place, reference, { environment: withBug(place, bug) });
  assert.equal(exitCode, 70);
  assert.match(terminationMessage, sentence);
  assert.equal(publishedFolder(place.volume), undefined);
  assert.deepEqual(processesIn(place.scratch), []);
  await succeeds(place, reference); // and what it left is removed
});
