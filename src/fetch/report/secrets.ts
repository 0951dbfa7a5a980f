/** Which values of the environment are secrets, and in which forms a tool may come to print them. */
import { oneLine } from '../../text.ts';
import { secretKeys } from '../remote/types.ts';

/** Beside the keys of the remotes' Secret: whatever else the pod's author calls so. */
const secretName = /secret|token|password|access_key/i;
/** These name a place, which people need to see. */
const placeName = /_(?:FILE|DIR|PATH|URI|URL)$/i;

/** The secrets of an environment. */
export function secretsOf(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    const isSecret = secretKeys.has(name) || (secretName.test(name) && !placeName.test(name));
    return isSecret && value ? [value] : [];
  });
}

/** A line of a key is as secret as all of it; shorter ones, and the marks around it, are in other texts too. */
const tellingLine = /^(?!-----).{16,}$/;

/**
 * The secret itself, without the newline that its file ended with; of several lines, as one or each by itself; and what
 * stands in it: Google's key in its JSON, the key of an Azure connection string.
 */
export function printedForms(secret: string): string[] {
  const whole = secret.trim();
  const parts = [...privateKeyIn(whole), ...keysIn(whole)];
  return [whole, ...parts].flatMap((text) => {
    const lines = text.split(/[\r\n]+/).map((line) => line.trim());
    return lines.length > 1 ? [text, oneLine(text), ...lines.filter((line) => tellingLine.test(line))] : [text];
  });
}

function privateKeyIn(text: string): string[] {
  if (!text.startsWith('{')) return [];
  try {
    const { private_key: key } = JSON.parse(text) as { private_key?: unknown };
    return typeof key === 'string' ? [key.trim()] : [];
  } catch {
    return []; // then it is no key file either
  }
}

function keysIn(text: string): string[] {
  return [...text.matchAll(/\b(?:AccountKey|SharedAccessSignature)=([^;\s]+)/gi)].flatMap(([, key]) => key ?? []);
}
