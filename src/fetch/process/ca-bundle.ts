/** A private CA beside the public ones: git, Python and the AWS SDK each take one file, and that file has to hold both. */
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { readCertificates } from '../files/certificates.ts';
import { writeScratchFile } from '../scratch/scratch-file.ts';

/** Where distributions keep their bundle; what the system trusts is not less trusted here. */
const systemBundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/**
 * Writes the system's certificates and those of `bundle` into `target` and returns it.
 * @throws {FetchFailure} `configuration` where the bundle can't be read or holds no certificate
 */
export async function combineCertificates(
  bundle: string,
  environment: NodeJS.ProcessEnv,
  target: string,
): Promise<string> {
  const own = await readCertificates(bundle, "--ca-bundle (fetcher.caBundle, the ConfigMap's key)");
  const both = `${await systemCertificates(environment)}\n${own}`;
  await writeScratchFile(target, both);
  return target;
}

async function systemCertificates(environment: NodeJS.ProcessEnv): Promise<string> {
  const named = environment.SSL_CERT_FILE ? [environment.SSL_CERT_FILE] : [];
  for (const file of [...named, ...systemBundles]) {
    try {
      return await readFile(file, 'utf8');
    } catch {
      // Not this distribution's place.
    }
  }
  return rootCertificates.join('\n'); // a minimal image has none; Node carries Mozilla's
}
