/** A CA bundle is read by one rule, and what is wrong with it is said by the flag or variable that names it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { readCertificates } from '../../../../src/fetch/files/certificates.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-certificates-'));
});
after(() => rmSync(folder, { recursive: true }));

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

test('the text is given as it is, with what people write around the certificates', async () => {
  const file = join(folder, 'ca.pem');
  writeFileSync(file, `# of our company\n${pem}${pem}`);
  assert.equal(await readCertificates(file, '--ca-bundle'), `# of our company\n${pem}${pem}`);
});

const unusable: [title: string, make: (file: string) => void, sentence: string][] = [
  ['is not there', () => {}, "can't be read (ENOENT)"],
  ['is empty', (file) => writeFileSync(file, ''), 'holds no PEM certificate'],
  [
    'holds a key only',
    (file) => writeFileSync(file, '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n'),
    'holds no PEM certificate',
  ],
];
for (const [title, make, sentence] of unusable) {
  test(`a bundle that ${title} is refused by the name of what names it`, async () => {
    const file = join(folder, `${title}.pem`);
    make(file);
    for (const named of ['--ca-bundle', 'AWS_CA_BUNDLE', 'SSL_CERT_FILE']) {
      await assert.rejects(readCertificates(file, named), (error) => {
        assert.ok(error instanceof FetchFailure);
        assert.equal(error.exit, 'configuration');
        const advice = `${named} must name a file of PEM certificates; leave it out where none are needed`;
        assert.equal(error.message, `the CA bundle ${file} ${sentence}: ${advice}`);
        return true;
      });
    }
  });
}

test('a folder is no bundle', async () => {
  await assert.rejects(readCertificates(folder, '--ca-bundle'), /can't be read \(EISDIR\)/);
});
