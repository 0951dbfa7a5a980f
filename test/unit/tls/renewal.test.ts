/** Every day of a certificate's life, without waiting for it. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { generate } from 'selfsigned';
import { authorityLifetime, bundlePropagation, leafLifetime } from '../../../src/tls/lifetimes.ts';
import { makeAuthority, type Pair, signLeaf } from '../../../src/tls/make.ts';
import { authorityMustChange, leafMustChange, pairProblem } from '../../../src/tls/renewal.ts';

const start = new Date('2026-01-01T00:00:00Z');
const later = (milliseconds: number) => new Date(start.getTime() + milliseconds);
const names = ['dvc-injector.dvc-injector.svc'];

let authority: Pair;
let successor: Pair;
let leaf: Pair;
before(async () => {
  authority = await makeAuthority(start);
  successor = await makeAuthority(later(1));
  leaf = await signLeaf(authority, { names }, start);
});

describe('the authority', () => {
  test('must be made where there is none', () => {
    assert.equal(authorityMustChange(null, start), 'there is none yet');
  });
  test('stays for two thirds of its life and is replaced in the last third', () => {
    assert.equal(authorityMustChange(authority, start), null);
    assert.equal(authorityMustChange(authority, later(authorityLifetime * 0.66)), null);
    assert.match(authorityMustChange(authority, later(authorityLifetime * 0.67)) ?? '', /^it expires on 2027-01-01T/);
    assert.match(authorityMustChange(authority, later(authorityLifetime + 1)) ?? '', /expired on/);
  });
  test('is replaced where the Secret holds anything else', () => {
    assert.equal(authorityMustChange({ cert: '', key: '' }, start), 'the certificate is no PEM certificate');
    assert.equal(authorityMustChange({ ...authority, key: 'x' }, start), 'the key is no PEM private key');
    assert.equal(authorityMustChange({ ...authority, key: successor.key }, start), "the key is not the certificate's");
    assert.equal(authorityMustChange(leaf, start), 'it is no authority');
  });
});

describe('the leaf', () => {
  const situation = (more: Partial<Parameters<typeof leafMustChange>[0]> = {}) =>
    leafMustChange({ leaf, authority, names, trustedSince: start, leafTrusted: true, now: later(1), ...more });

  test('must be signed where there is none, and stays while it is good', () => {
    assert.equal(situation({ leaf: null }), 'there is none yet');
    assert.equal(situation(), null);
  });
  test('is renewed in the last third of its life', () => {
    assert.equal(situation({ now: later(leafLifetime * 0.66) }), null);
    assert.match(situation({ now: later(leafLifetime * 0.67) }) ?? '', /^it expires on/);
  });
  test('is signed anew where the Service has another name', () => {
    assert.equal(situation({ names: ['other.dvc-injector.svc'] }), 'it is not valid for other.dvc-injector.svc');
  });
  test('keeps its old authority until the API servers have had time to learn of the new one', () => {
    const rotated = { authority: successor };
    assert.equal(situation({ ...rotated, trustedSince: null }), null, 'the bundle lacks the new one');
    assert.equal(
      situation({ ...rotated, now: later(bundlePropagation - 1) }),
      null,
      'it is in the bundle for a moment only',
    );
    assert.equal(situation({ ...rotated, now: later(bundlePropagation) }), 'its authority was replaced');
  });
  test('does not even change for its own age before that, unless it has expired', () => {
    const rotated = { authority: successor, trustedSince: null };
    assert.equal(situation({ ...rotated, now: later(leafLifetime * 0.9) }), null);
    assert.match(situation({ ...rotated, now: later(leafLifetime) }) ?? '', /^it expires on/);
  });
  test('changes at once where its own authority is trusted no longer and the new one is', () => {
    assert.equal(situation({ authority: successor, leafTrusted: false }), 'its authority is trusted no longer');
    assert.equal(situation({ authority: successor, leafTrusted: false, trustedSince: null }), null);
  });
});

test('a pair is served only if it belongs together and has not expired', () => {
  assert.equal(pairProblem(leaf, start), null);
  assert.match(pairProblem(leaf, later(leafLifetime)) ?? '', /^the certificate expired on 2026-01-08T/);
});

test('a key that is too weak for OpenSSL is refused before a server meets it', async () => {
  const weak = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 1024, algorithm: 'sha256' });
  assert.match(
    pairProblem({ cert: weak.cert, key: weak.private }, new Date()) ?? '',
    /^OpenSSL refuses it: .*key too small/,
  );
});

test('certificates are signed with SHA-256, valid for their names and addresses, and an authority has a name of its own', async () => {
  const made = await signLeaf(authority, { names: ['localhost'], ips: ['127.0.0.1', '::1'] }, start);
  const certificate = new X509Certificate(made.cert);
  assert.equal(certificate.ca, false);
  assert.equal(certificate.checkHost('localhost'), 'localhost');
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(certificate.checkIP('::1'), '::1');
  assert.ok(certificate.verify(new X509Certificate(authority.cert).publicKey));
  // ecdsa-with-SHA256, as DER writes its object identifier
  assert.ok(certificate.raw.includes(Buffer.from('06082a8648ce3d040302', 'hex')));
  assert.notEqual(new X509Certificate(authority.cert).subject, new X509Certificate(successor.cert).subject);
});
