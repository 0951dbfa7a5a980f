/** That a run's last word is figures for a collector and a sentence for a person, and fits where the kubelet keeps it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarySentence } from '../../../../src/fetch/report/summary.ts';
import { terminationMessage } from '../../../../src/fetch/report/termination-message.ts';

const summary = {
  files: 6400,
  bytes: 52_000_000,
  downloadedFiles: 6000,
  downloadedBytes: 48_000_000,
  fromCache: 400,
  seconds: 12,
  rate: 8_400_000,
};

test('each ending has its sentence', () => {
  assert.equal(
    summarySentence('published', 'repo@sha:train', summary),
    'published 6,400 files (52 MB) of repo@sha:train in 12 s: 6,000 objects (48 MB) downloaded at 8.4 MB/s, 400 files without a download',
  );
  assert.equal(
    summarySentence('adopted', 'repo@sha:train', summary),
    'completed an earlier fetch of 6,400 files (52 MB) of repo@sha:train in 12 s',
  );
  assert.equal(
    summarySentence('there', 'repo@sha:train', summary),
    'found 6,400 files (52 MB) of repo@sha:train, published already',
  );
});

test('what did not happen is not told', () => {
  const { rate: _, ...slow } = { ...summary, fromCache: 0, files: 1 };
  assert.match(
    summarySentence('published', 'd', slow),
    /^published 1 file .* 12 s: 6,000 objects \(48 MB\) downloaded$/,
  );
  assert.match(summarySentence('published', 'd', { ...slow, downloadedFiles: 0 }), / in 12 s$/);
});

test('a long sentence is cut to 4096 bytes of valid UTF-8 wherever the cut falls', () => {
  for (const character of ['x', 'é', '€', '😀']) {
    for (let shift = 0; shift < 4; shift++) {
      const message = terminationMessage('x'.repeat(shift) + character.repeat(5000));
      assert.ok(message.length <= 4096 && message.length > 4080, `${message.length}`);
      const text = new TextDecoder('utf-8', { fatal: true }).decode(message);
      assert.match(text, /^x*[xé€😀]+…\n$/u);
    }
  }
});

test('a sentence that fits is written whole', () => {
  assert.equal(terminationMessage('é'.repeat(2047)).toString(), `${'é'.repeat(2047)}\n`);
});
