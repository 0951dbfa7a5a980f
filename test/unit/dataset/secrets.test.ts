/** A secret in a reference is refused, and never stands in what is said about it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidReference } from '../../../src/dataset/invalid-reference.ts';
import { parseReference, type ReferenceRules } from '../../../src/dataset/reference.ts';
import { sha } from '../../support/dataset/samples.ts';

const rules: ReferenceRules = { schemes: ['https', 'ssh', 'http', 'file'], aliases: { images: 'https://h/r' } };

/** Long enough, and marked, to be found wherever it turns up. */
const secrets = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...'abcXYZ0189_-.~!$&*+,;=%:@'), maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...'abcXYZ0189_-.~!$&*+,;=%:@'), maxLength: 12 }),
  )
  .map(([before, after]) => `${before}S3CRET${after}`);

/** With a slash, as base64 has it; only the scp form can tell such a password from a path. */
const base64Secrets = secrets
  .map((secret) => secret.replace('S3CRET', 'S3/CRET').replaceAll('@', '/'))
  .filter((secret) => !secret.startsWith('//'));

const places: [string, (secret: string) => string][] = [
  ['the password of an https URL', (secret) => `https://user:${secret}@git.example.com/o/r`],
  ['the user of an https URL', (secret) => `https://${secret}@git.example.com/o/r`],
  ['the user beside an empty password', (secret) => `https://${secret}:@git.example.com/o/r`],
  ['the password beside an empty user', (secret) => `https://:${secret}@git.example.com/o/r`],
  ['the password of an ssh URL', (secret) => `ssh://git:${secret}@git.example.com/o/r`],
  ['the password of an http URL', (secret) => `http://user:${secret}@git.example.com/o/r`],
  ['the password of a file URL', (secret) => `file://user:${secret}@git.example.com/o/r`],
  ['the password of a scheme in capitals', (secret) => `HTTPS://user:${secret}@git.example.com/o/r`],
  ['the password of an unknown scheme', (secret) => `ftp://user:${secret}@git.example.com/o/r`],
  ['the query', (secret) => `https://git.example.com/o/r?private_token=${secret}`],
  ['the fragment', (secret) => `https://git.example.com/o/r#${secret}`],
  ['the query of the scp form', (secret) => `git@git.example.com:o/r?token=${secret}`],
  ['the password of the scp form', (secret) => `user:${secret}@git.example.com:o/r`],
  ['the password of a URL without its scheme', (secret) => `user:${secret}@git.example.com/o/r`],
];

describe('a secret', () => {
  for (const [place, write] of places) {
    it(`in ${place} is refused and not repeated`, () => {
      fc.assert(
        fc.property(secrets, (secret) => {
          const error = refusal(`${write(secret)}@${sha}:train`);
          assert.equal(error?.problem, 'credentials', error?.message ?? 'it was accepted');
          assertSilent(error, secret);
        }),
        { numRuns: 500 },
      );
    });

    it(`in ${place} is not repeated where there are other mistakes beside it`, () => {
      const tails = ['', ':train', '@main:train', '@v1.0', '@0123abc:train', `@${sha}`, `@${sha}:../x`, `@${sha}:`];
      fc.assert(
        fc.property(secrets, fc.constantFrom(...tails), (secret, tail) => {
          const error = refusal(`${write(secret)}${tail}`);
          assert.ok(error, 'it was accepted');
          assertSilent(error, secret);
        }),
        { numRuns: 500 },
      );
    });
  }

  it('with a slash in the scp form is refused and not repeated', () => {
    fc.assert(
      fc.property(base64Secrets, (secret) => {
        const error = refusal(`user:${secret}@git.example.com:o/r@${sha}:train`);
        assert.equal(error?.problem, 'credentials', error?.message ?? 'it was accepted');
        assertSilent(error, secret);
      }),
      { numRuns: 500 },
    );
  });

  it('in an alias of the admin is not repeated to the user', () => {
    const withSecret: ReferenceRules = { ...rules, aliases: { images: 'https://user:S3CRET@git.example.com/o/r' } };
    assertSilent(refusal(`images@${sha}:train`, withSecret), 'S3CRET');
  });
});

function assertSilent(error: InvalidReference | null, secret: string): void {
  assert.doesNotMatch(error?.message ?? '', /S3|CRET/, `"${secret}" is repeated`);
}

function refusal(text: string, with_: ReferenceRules = rules): InvalidReference | null {
  try {
    parseReference(text, with_);
    return null;
  } catch (error) {
    assert.ok(error instanceof InvalidReference, `${error}`);
    return error;
  }
}
