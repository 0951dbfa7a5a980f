/** The flags of `inject`. */
import { parseArgs } from 'node:util';
import { dnsLabel } from '../dns-names.ts';
import { helpOption, injectFlags, parserOptions } from '../flag-tables.ts';

export const usage = `usage: dvc-injector inject [-f FILE|-] [--config FILE] [-n NAMESPACE]

Prints the manifests as the webhook would change their pods, without a cluster; whatever else they hold stays as it is.

  -f, --file FILE        manifests in YAML or JSON; - is stdin, and what counts without it
  --config FILE          the webhook's configuration; without it, its defaults
  -n, --namespace NAME   where objects go that name no namespace

examples:
  dvc-injector inject -f train.yaml | kubectl apply -f -
  kustomize build . | dvc-injector inject -n team-a > injected.yaml`;

/** The command line can't be understood; the message is one sentence. */
export class BadFlags extends Error {
  override readonly name = 'BadFlags';
}

export interface Flags {
  /** `-` is stdin. */
  file: string;
  config: string | null;
  namespace: string | null;
  help: boolean;
}

/**
 * Reads the flags; of a repeated one the last counts.
 * @throws {BadFlags}
 */
export function readFlags(args: string[]): Flags {
  const { file, config, namespace, help } = parse(args);
  for (const [flag, value] of Object.entries({ '-f': file, '--config': config, '-n': namespace })) {
    if (value === '') throw new BadFlags(`${flag} needs a value`);
  }
  if (namespace !== undefined && !dnsLabel.test(namespace)) {
    throw new BadFlags('-n must be the name of a namespace: at most 63 lower-case letters, digits and "-"');
  }
  return { file: file ?? '-', config: config ?? null, namespace: namespace ?? null, help: help ?? false };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { ...parserOptions(injectFlags), ...helpOption },
    }).values;
  } catch (error) {
    throw new BadFlags((error as Error).message, { cause: error });
  }
}
