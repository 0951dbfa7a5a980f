/** Keeps secrets out of everything that is printed: tools repeat URLs and environment in their own messages. */
import { oneLine } from '../text.ts';

/** Text → the same text on one line without the secrets. */
export type Redact = (text: string) => string;

const secretNames = /(SECRET|TOKEN|PASSWORD|ACCESS_KEY)/;
const secretFiles = /(_FILE|_URI)$/; // these name a place, which people need to see

/** Knows the secret values of this environment and those given, and removes the login from any URL. */
export function redactor(environment: NodeJS.ProcessEnv, secrets: readonly string[] = []): Redact {
  const values = Object.entries(environment)
    .filter(([name, value]) => value && secretNames.test(name) && !secretFiles.test(name))
    .map(([, value]) => value as string);
  // Very short values would blank out ordinary words.
  const known = [...values, ...secrets].filter((value) => value.length >= 6).sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of known) clean = clean.replaceAll(value, '[redacted]');
    return oneLine(clean.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@'));
  };
}
