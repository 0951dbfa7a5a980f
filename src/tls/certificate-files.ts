/** Serves the certificate of two files and loads it again when they change, as cert-manager or an admin renews them in place. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { InvalidConfig } from '../config/load.ts';
import { filePoll } from './lifetimes.ts';
import type { Pair } from './make.ts';
import { pairProblem } from './renewal.ts';
import type { CertificateSource, ServedCertificate } from './source.ts';

export interface CertificateFilesOptions {
  certFile: string;
  keyFile: string;
  log: Logger;
  onChange: (pair: Pair) => ServedCertificate;
  /** Milliseconds between two reads of the files. */
  poll?: number;
}

/** @throws {InvalidConfig} where the files can't be served at the start; later, the old certificate stays until they can */
export function watchCertificateFiles({
  certFile,
  keyFile,
  log,
  onChange,
  poll,
}: CertificateFilesOptions): CertificateSource {
  let served: Pair;
  try {
    served = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } catch (error) {
    throw new InvalidConfig(`webhook.tls: ${(error as Error).message}`, { cause: error });
  }
  const problem = pairProblem(served, new Date());
  if (problem !== null) throw new InvalidConfig(`webhook.tls: ${certFile}, ${keyFile}: ${problem}`);
  onChange(served);
  let lastWarning = '';

  const reload = async () => {
    let read: Pair;
    try {
      read = { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
    } catch (error) {
      return warn((error as Error).message);
    }
    if (read.cert === served.cert && read.key === served.key) return;
    // The two files are not replaced at once: for some milliseconds the old key is beside the new certificate.
    const wrong = pairProblem(read, new Date());
    if (wrong !== null) return warn(wrong);
    served = read;
    lastWarning = '';
    const { expires } = onChange(served);
    log.info({ certFile, expires }, 'the serving certificate was replaced');
  };
  /** Only once for each cause, as the files are read every few seconds. */
  const warn = (cause: string) => {
    if (cause === lastWarning) return;
    lastWarning = cause;
    log.warn({ certFile, keyFile, cause }, 'the new serving certificate can not be used; the old one stays');
  };

  // Polled, as a watch of these files reports nothing: the kubelet replaces a mounted Secret by swapping the symlink `..data`
  // beside them, and a watch stays with the old inode.
  const timer = setInterval(() => void reload(), poll ?? filePoll);
  return {
    missing: () => pairProblem(served, new Date()),
    stop: () => clearInterval(timer),
  };
}
