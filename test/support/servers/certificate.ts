/** An authority of the test's own and a serving certificate by it, with the bundle as a file for `--ca-bundle`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeServingCertificate } from '../../../src/tls/make.ts';

export interface Certificate extends Disposable {
  /** For a server. */
  tls: { cert: string; key: string };
  /** The flag that makes the authority trusted. */
  flags: string[];
}

export async function makeCertificate(...names: string[]): Promise<Certificate> {
  const { ca, cert, key } = await makeServingCertificate({ names, ips: ['127.0.0.1'] });
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-ca-'));
  writeFileSync(join(folder, 'ca.pem'), ca);
  return {
    tls: { cert, key },
    flags: ['--ca-bundle', join(folder, 'ca.pem')],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
