/** Which names objects of Kubernetes and hosts can have: three rules that differ in length, in `.` and in `_`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnsLabel, hostForm, isObjectName } from '../../src/dns-names.ts';

const isHost = (text: string) => new RegExp(`^${hostForm}$`).test(text);

const rows: [text: string, is: { label: boolean; object: boolean; host: boolean }][] = [
  ['a', { label: true, object: true, host: true }],
  ['0', { label: true, object: true, host: true }],
  ['my-team', { label: true, object: true, host: true }],
  ['a'.repeat(63), { label: true, object: true, host: true }],
  ['a'.repeat(64), { label: false, object: true, host: true }],
  ['a'.repeat(253), { label: false, object: true, host: true }],
  ['a'.repeat(254), { label: false, object: false, host: true }],
  ['files.example.com', { label: false, object: true, host: true }],
  ['Files', { label: false, object: false, host: true }],
  ['minio_1', { label: false, object: false, host: true }],
  ['_minio', { label: false, object: false, host: true }],
  ['a-', { label: false, object: false, host: true }],
  ['files.example.com.', { label: false, object: false, host: true }],
  ['-a', { label: false, object: false, host: false }], // which a program may take for a flag
  ['.a', { label: false, object: false, host: false }],
  ['', { label: false, object: false, host: false }],
  ['a b', { label: false, object: false, host: false }],
  ['a\n', { label: false, object: false, host: false }],
  ['a:80', { label: false, object: false, host: false }],
  ['a@b', { label: false, object: false, host: false }],
  ['ä', { label: false, object: false, host: false }],
  ['10.1.2.3', { label: false, object: true, host: true }],
  ['fd00::1', { label: false, object: false, host: false }],
  ['[fd00::1]', { label: false, object: false, host: true }],
  ['[minio]', { label: false, object: false, host: false }],
];
for (const [text, is] of rows) {
  const shown = text.length > 60 ? `${text.length} letters` : JSON.stringify(text);
  test(`${shown}: ${JSON.stringify(is)}`, () => {
    assert.deepEqual({ label: dnsLabel.test(text), object: isObjectName(text), host: isHost(text) }, is);
  });
}
