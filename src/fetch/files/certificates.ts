/** Reads a file of PEM certificates that somebody named: one check and one sentence, whoever trusts them then. */
import { readFile } from 'node:fs/promises';
import { FetchFailure } from '../failure/fetch-failure.ts';

/**
 * The text of the file, which holds a certificate at least; whether each can be read is found by who trusts it. `named`
 * is the flag or the variable that names the file, as people know it.
 * @throws {FetchFailure} `configuration` where the file can't be read or holds no certificate
 */
export async function readCertificates(file: string, named: string): Promise<string> {
  const advice = `${named} must name a file of PEM certificates; leave it out where none are needed`;
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    const why = `the CA bundle ${file} can't be read (${(error as NodeJS.ErrnoException).code}): ${advice}`;
    throw new FetchFailure('configuration', why, { cause: error });
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new FetchFailure('configuration', `the CA bundle ${file} holds no PEM certificate: ${advice}`);
}
