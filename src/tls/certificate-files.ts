/** Serves the certificate of two files and follows their change, as cert-manager or an admin renews them in place. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { InvalidConfig } from '../config/load.ts';
import { filePoll } from './lifetimes.ts';
import type { Pair } from './make.ts';
import { pairProblem } from './renewal.ts';
import type { Certificates, ServedCertificate } from './source.ts';

export interface CertificateFilesOptions {
  certFile: string;
  keyFile: string;
  log: Logger;
  changed: (pair: Pair) => ServedCertificate;
  /** Milliseconds between two looks at the files. */
  poll?: number;
}

/** @throws {InvalidConfig} where the files hold nothing that can be served: at the start that is a mistake, not a moment */
export function followCertificateFiles({
  certFile,
  keyFile,
  log,
  changed,
  poll,
}: CertificateFilesOptions): Certificates {
  let served: Pair;
  try {
    served = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } catch (error) {
    throw new InvalidConfig(`webhook.tls: ${(error as Error).message}`, { cause: error });
  }
  const problem = pairProblem(served, new Date());
  if (problem !== null) throw new InvalidConfig(`webhook.tls: ${certFile}, ${keyFile}: ${problem}`);
  changed(served);
  let complaint = '';

  const look = async () => {
    let read: Pair;
    try {
      read = { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
    } catch (error) {
      return complain((error as Error).message);
    }
    if (read.cert === served.cert && read.key === served.key) return;
    // Two files are not replaced in one moment: the old key beside the new certificate is a matter of milliseconds.
    const wrong = pairProblem(read, new Date());
    if (wrong !== null) return complain(wrong);
    served = read;
    complaint = '';
    const { expires } = changed(served);
    log.info({ certFile, expires }, 'the serving certificate was replaced');
  };
  const complain = (cause: string) => {
    if (cause === complaint) return;
    complaint = cause;
    log.warn({ certFile, keyFile, cause }, 'the new serving certificate can not be used; the old one stays');
  };

  // Polled, as a watch of these files tells nothing: the kubelet replaces a mounted Secret by swapping the symlink
  // `..data` beside them, and a watch holds on to the inode that was there before.
  const timer = setInterval(() => void look(), poll ?? filePoll);
  return {
    missing: () => pairProblem(served, new Date()),
    stop: () => clearInterval(timer),
  };
}
