/** Tidying up that fails is told, and decides nothing. */
import assert from 'node:assert/strict';
import { rmdir } from 'node:fs/promises';
import { test } from 'node:test';
import { pino } from 'pino';
import { bestEffort } from '../../../../src/fetch/report/best-effort.ts';

/** Fails as a fetch does, and as its tidying does. */
async function failTwice(lines: string[]): Promise<void> {
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  try {
    throw new Error('the reason');
  } finally {
    await bestEffort('remove the folder', log, () => rmdir(import.meta.dirname));
  }
}

test('where the work and the tidying fail, the failure of the work is thrown and the other one is a warning', async () => {
  const lines: string[] = [];
  await assert.rejects(failTwice(lines), { message: 'the reason' });
  const [line, ...others] = lines.map((text) => JSON.parse(text));
  assert.equal(line?.msg, 'could not remove the folder');
  assert.equal(line?.level, 40);
  assert.match(line?.error, /ENOTEMPTY/);
  assert.deepEqual(others, []);
});
