/** Reads the authorities whose client certificates are accepted, and reads them again when their file changes. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { InvalidConfig } from '../config/load.ts';
import { readBundle, writeBundle } from './bundle.ts';
import { filePoll } from './lifetimes.ts';

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
  let believed: string;
  try {
    believed = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidConfig(`webhook.tls.clientCA: ${(error as Error).message}`, { cause: error });
  }
  const problem = authoritiesProblem(believed);
  if (problem !== null) throw new InvalidConfig(`webhook.tls.clientCA: ${file} ${problem}`);
  onChange(writeBundle(readBundle(believed)));
  let lastWarning = '';

  /** Only once for each cause, as the file is read every few seconds. */
  const warn = (cause: string) => {
    if (cause === lastWarning) return;
    lastWarning = cause;
    log.warn({ file, cause }, 'the new client authorities can not be used; the old ones stay');
  };
  const reload = async () => {
    let read: string;
    try {
      read = await readFile(file, 'utf8');
    } catch (error) {
      return warn((error as Error).message);
    }
    if (read === believed) return;
    const wrong = authoritiesProblem(read);
    if (wrong !== null) return warn(wrong);
    believed = read;
    lastWarning = '';
    onChange(writeBundle(readBundle(read)));
    log.info({ file, authorities: readBundle(read).length }, 'the client authorities were replaced');
  };

  // Polled for the reason that certificate-files.ts gives: a watch misses what the kubelet does with a mounted file.
  const timer = setInterval(() => void reload(), poll ?? filePoll);
  return { stop: () => clearInterval(timer) };
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
