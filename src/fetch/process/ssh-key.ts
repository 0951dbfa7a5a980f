/** Reads an SSH key as people paste it into a Secret, and says at once where it can't serve, as ssh's own words come late. */
import { FetchFailure } from '../failure/fetch-failure.ts';

/**
 * The key as ssh wants it: lines that end in LF, the last one too. `where` is what people know the Secret as.
 * @throws {FetchFailure} `configuration` where it is no private key, or has a passphrase, which nobody could type
 */
export function privateKey(text: string, where: string): string {
  const key = `${unixLines(text).trim()}\n`;
  const kind = /^-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----\n/.exec(key)?.[1];
  if (kind === undefined || !/\n-----END [A-Z0-9 ]*PRIVATE KEY-----\n$/.test(key)) {
    throw new FetchFailure(
      'configuration',
      `ssh-privatekey of ${where} is no private key: make the Secret from the file without .pub (kubectl create secret … --from-file=ssh-privatekey=FILE)`,
    );
  }
  if (hasPassphrase(key, kind)) {
    throw new FetchFailure(
      'configuration',
      `ssh-privatekey of ${where} has a passphrase, which nobody could type in a pod: make a key without one (ssh-keygen -N "") and give it only this right`,
    );
  }
  return key;
}

/** Text with LF, whatever system it was written on. */
export function unixLines(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
}

function hasPassphrase(key: string, kind: string): boolean {
  if (kind === 'ENCRYPTED ' || /^Proc-Type: 4,ENCRYPTED$/m.test(key)) return true;
  if (kind !== 'OPENSSH ') return false;
  // "openssh-key-v1", NUL, then the cipher's name with its length before it (source: OpenSSH's PROTOCOL.key).
  const bytes = Buffer.from(key.split('\n').slice(1, -2).join(''), 'base64');
  const at = 'openssh-key-v1\0'.length;
  if (bytes.length < at + 4) return false;
  return bytes.toString('latin1', at + 4, at + 4 + bytes.readUInt32BE(at)) !== 'none';
}
