/** Files that are replaced while the webhook serves, in the ways that cert-manager, the kubelet and admins do it. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { InvalidConfig } from '../../../src/config/load.ts';
import { watchCertificateFiles } from '../../../src/tls/certificate-files.ts';
import { makeServingCertificate, type Pair } from '../../../src/tls/make.ts';
import type { CertificateSource } from '../../../src/tls/source.ts';
import { makeLogger } from '../../../src/webhook/log.ts';
import { eventually } from '../../support/eventually.ts';

let folder: string;
let served: Pair[];
let following: CertificateSource | undefined;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-tls-'));
  served = [];
  log = '';
});
afterEach(() => {
  following?.stop();
  following = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const make = () => makeServingCertificate({ names: ['localhost'] });

function begin(): void {
  const stream = new PassThrough().on('data', (chunk) => {
    log += chunk;
  });
  following = watchCertificateFiles({
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
    log: makeLogger(stream),
    poll: 10,
    onChange(pair) {
      served.push(pair);
      return { expires: new X509Certificate(pair.cert).validToDate };
    },
  });
}

test('the files are served, and once more when they are replaced in place', async () => {
  const [first, second] = [await make(), await make()];
  write(folder, first);
  begin();
  assert.equal(following?.missing(), null);
  write(folder, second);
  await eventually('the second certificate', async () => served.length === 2);
  assert.equal(served[1]?.cert, second.cert);
});

test('a mounted Secret is followed through the swap of its ..data symlink', async () => {
  const [first, second] = [await make(), await make()];
  const version = (name: string, pair: Pair) => {
    mkdirSync(join(folder, name));
    write(join(folder, name), pair);
    symlinkSync(name, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  version('..2026_01', first);
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder, name));
  begin();
  version('..2026_02', second);
  rmSync(join(folder, '..2026_01'), { recursive: true });
  await eventually('the second certificate', async () => served.length === 2);
  assert.equal(served[1]?.key, second.key);
});

test('a new certificate beside the old key is waited out, and said once', async () => {
  const [first, second] = [await make(), await make()];
  write(folder, first);
  begin();
  writeFileSync(join(folder, 'tls.crt'), second.cert);
  await eventually('a complaint', async () => log.includes("the key is not the certificate's"));
  writeFileSync(join(folder, 'tls.key'), second.key);
  await eventually('the second certificate', async () => served.length === 2);
  assert.equal(log.split("the key is not the certificate's").length, 2);
  assert.doesNotMatch(log, /PRIVATE KEY/);
});

test('files that vanish leave the old certificate in service', async () => {
  write(folder, await make());
  begin();
  rmSync(join(folder, 'tls.crt'));
  await eventually('a complaint', async () => log.includes('ENOENT'));
  assert.equal(served.length, 1);
  assert.equal(following?.missing(), null);
});

test('at the start, files that can not be served are a configuration error', async () => {
  assert.throws(begin, (error) => error instanceof InvalidConfig && /^webhook\.tls: .*ENOENT/.test(error.message));
  const { cert } = await make();
  const { key } = await make();
  write(folder, { cert, key });
  assert.throws(begin, (error) => error instanceof InvalidConfig && /key is not the certificate's/.test(error.message));
});

function write(where: string, pair: Pair): void {
  writeFileSync(join(where, 'tls.crt'), pair.cert);
  writeFileSync(join(where, 'tls.key'), pair.key);
}
