/** What the API servers are told to trust, through a rotation and after accidents. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { bundleMustChange, readBundle, writeBundle } from '../../../src/tls/bundle.ts';
import { authorityLifetime } from '../../../src/tls/lifetimes.ts';
import { makeAuthority, signLeaf } from '../../../src/tls/make.ts';

const start = new Date('2026-01-01T00:00:00Z');
const later = (milliseconds: number) => new Date(start.getTime() + milliseconds);

let old: X509Certificate;
let young: X509Certificate;
let foreign: X509Certificate;
before(async () => {
  const authority = await makeAuthority(start);
  old = new X509Certificate(authority.cert);
  young = new X509Certificate((await makeAuthority(later(authorityLifetime * 0.7))).cert);
  foreign = new X509Certificate((await signLeaf(authority, { names: ['cert-manager.example.com'] }, start)).cert);
});

const fingerprints = (certificates: X509Certificate[]) =>
  certificates.map((certificate) => certificate.fingerprint256).sort();

test('an empty bundle gets the authorities, the newest first', () => {
  const change = bundleMustChange('', [old, young], start);
  assert.equal(change?.why, 'it is empty');
  assert.deepEqual(
    readBundle(change?.bundle ?? '').map(({ subject }) => subject),
    [young.subject, old.subject],
  );
});

test('a bundle that holds what it should is left alone, in whatever order and spacing', () => {
  assert.equal(bundleMustChange(`\n${old}\n\n${young}`, [young, old], start), null);
});

test('a new authority joins the old one, which stays until it has expired', () => {
  const joined = bundleMustChange(writeBundle([old]), [young, old], later(authorityLifetime * 0.7));
  assert.equal(joined?.why, 'it lacks an authority');
  assert.deepEqual(fingerprints(readBundle(joined?.bundle ?? '')), fingerprints([old, young]));
  const ended = bundleMustChange(writeBundle([young, old]), [young, old], later(authorityLifetime + 1));
  assert.equal(ended?.why, 'it holds an expired authority');
  assert.deepEqual(fingerprints(readBundle(ended?.bundle ?? '')), fingerprints([young]));
});

test('a replica that has not heard of a rotation does not take the new authority out again', () => {
  assert.equal(bundleMustChange(writeBundle([young, old]), [old], later(authorityLifetime * 0.7)), null);
});

test("what isn't ours goes, and what is no certificate is ignored", () => {
  const change = bundleMustChange(writeBundle([foreign, old]), [old], start);
  assert.equal(change?.why, "it holds an authority that isn't ours");
  assert.deepEqual(fingerprints(readBundle(change?.bundle ?? '')), fingerprints([old]));
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  assert.equal(bundleMustChange(`${broken}${old}`, [old], start), null);
});

test('a certificate that stands there twice is written once', () => {
  assert.equal(readBundle(writeBundle([old, old, young])).length, 2);
});
