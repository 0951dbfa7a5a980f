/** Serves the certificate of two files and loads it again when they change, as cert-manager or an admin renews them in place. */
import type { Logger } from 'pino';
import type { Pair } from './make.ts';
import { pairProblem } from './renewal.ts';
import type { CertificateSource, ServedCertificate } from './source.ts';
import { watchFiles } from './watch-files.ts';

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
  const pairOf = ([cert = '', key = '']: readonly string[]): Pair => ({ cert, key });
  let served = pairOf([]);
  const files = watchFiles({
    paths: [certFile, keyFile],
    setting: 'webhook.tls',
    problemOf: (contents) => pairProblem(pairOf(contents), new Date()),
    onChange(contents, first) {
      served = pairOf(contents);
      const { expires } = onChange(served);
      if (!first) log.info({ certFile, expires }, 'the serving certificate was replaced');
    },
    onKept: (cause) =>
      log.warn({ certFile, keyFile, cause }, 'the new serving certificate can not be used; the old one stays'),
    poll,
  });
  return { missing: () => pairProblem(served, new Date()), stop: () => files.stop() };
}
