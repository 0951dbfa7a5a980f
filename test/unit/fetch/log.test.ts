/** A line of the log commands no terminal that shows it, and still says exactly what was logged. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../../src/fetch/log.ts';

test('characters that a terminal obeys stand escaped in the JSON, whose values are as they were', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  const evil = '\u001b[2J\u007f\u009b2J\u2028\u202e\u2069é日😀"\\';
  createLog({ fd, write: () => assert.fail('only a terminal is written to like this') }).info({ evil }, evil);
  closeSync(fd);
  const text = readFileSync(path, 'utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  const { evil: field, msg } = JSON.parse(text) as Record<string, string>;
  assert.deepEqual([field, msg], [evil, evil]);
});
