/** Reads the authorities whose client certificates are accepted, and reads them again when their file changes. */
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { readBundle, writeBundle } from './bundle.ts';
import { watchFiles } from './watch-files.ts';

export interface ClientAuthoritiesOptions {
  /** PEM certificates, one after another. */
  file: string;
  log: Logger;
  /**
   * Called with the certificates that are to be believed from now on, the first time before this returns. They are written
   * anew: of two files put together without a line between, OpenSSL reads nothing and says nothing.
   */
  onChange: (pem: string) => void;
  /** Milliseconds between two reads of the file. */
  poll?: number;
}

/** @throws {InvalidConfig} where the file can't be used at the start; later, the old authorities stay until it can */
export function watchClientAuthorities({ file, log, onChange, poll }: ClientAuthoritiesOptions): { stop(): void } {
  return watchFiles({
    paths: [file],
    setting: 'webhook.tls.clientCA',
    problemOf: ([pem = '']) => authoritiesProblem(pem),
    onChange([pem = ''], first) {
      const authorities = readBundle(pem);
      onChange(writeBundle(authorities));
      if (!first) log.info({ file, authorities: authorities.length }, 'the client authorities were replaced');
    },
    onKept: (cause) => log.warn({ file, cause }, 'the new client authorities can not be used; the old ones stay'),
    poll,
  });
}

/** Why no client can be checked by this text, or null if one can. One that is partly readable would keep out somebody. */
function authoritiesProblem(pem: string): string | null {
  const begun = pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) return 'holds no PEM certificate';
  if (readBundle(pem).length < begun) return 'holds a certificate that can not be read';
  try {
    createSecureContext({ ca: writeBundle(readBundle(pem)) });
    return null;
  } catch (error) {
    return `is refused by OpenSSL: ${(error as Error).message}`;
  }
}
