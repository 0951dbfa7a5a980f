/** The flags of `npm run bench -- admission`. */
import { parseFlags, UsageError, wholeNumber } from '../../support/process/flags.ts';

/** The servers that can be measured, in the order of a round. `eks` and `vault` need `--peers`. */
export const serverNames = ['bare-node', 'bare-go', 'ours', 'pepr', 'eks', 'vault'] as const;
export type ServerName = (typeof serverNames)[number];

export interface Options {
  /** Of one load. */
  seconds: number;
  rounds: number;
  connections: readonly number[];
  /** How many different reviews the loads called `distinct` go through. */
  distinct: number;
  only: readonly ServerName[];
  /** How often a load is repeated during which others used the machine. */
  repeats: number;
  /** The worst reviews instead of loads. */
  worst: boolean;
  /** A profile of our server instead of loads. */
  profile: boolean;
  /** The folder with checkouts of peers that are no packages; undefined: they are left out. */
  peers: string | undefined;
  json: string | undefined;
}

export const usage = `npm run bench -- admission [flags]

  --seconds N          of each load (default 4)
  --rounds N           how often each server has its turn (default 5)
  --connections A,B    loads with so many connections (default 1,16,64)
  --distinct N         different reviews in the loads called distinct, at most 10000 (default 1000)
  --only a,b,…         of ${serverNames.join(', ')}
  --peers FOLDER       has checkouts amazon-eks-pod-identity-webhook and vault-k8s, to be built and measured too
  --quick              loads of a second, one round, 16 connections, nothing repeated
  --worst              in place of loads: how long each of the worst reviews blocks our event loop
  --profile            in place of loads: where our processor time goes
  --json FILE          the figures, also as JSON
`;

/** @throws {UsageError} */
export function readOptions(args: string[]): Options {
  const values = parse(args);
  const quick = values.quick ?? false;
  const usual = serverNames.filter((name) => values.peers !== undefined || (name !== 'eks' && name !== 'vault'));
  const connections = values.connections ?? (quick ? '16' : '1,16,64');
  return {
    seconds: whole('--seconds', values.seconds ?? (quick ? '1' : '4')),
    rounds: whole('--rounds', values.rounds ?? (quick ? '1' : '5')),
    connections: connections.split(',').map((each) => whole('--connections', each)),
    distinct: whole('--distinct', values.distinct ?? '1000', 10_000),
    only: values.only === undefined ? usual : chosen(values.only, values.peers !== undefined),
    repeats: quick ? 0 : 3,
    worst: values.worst ?? false,
    profile: values.profile ?? false,
    peers: values.peers,
    json: values.json,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const texts = { seconds: text, rounds: text, connections: text, distinct: text, only: text, peers: text, json: text };
  return parseFlags(args, { ...texts, quick: flag, worst: flag, profile: flag });
}

/** At least 1. */
function whole(flag: string, text: string, most?: number): number {
  return wholeNumber(flag, text, 1, most);
}

/** In the order of a round, whatever the order on the command line. */
function chosen(text: string, withPeers: boolean): ServerName[] {
  const names = text.split(',').map((each) => each.trim());
  const wrong = names.find((name) => !serverNames.some((known) => known === name));
  if (wrong !== undefined) throw new UsageError(`--only takes ${serverNames.join(', ')}, and "${wrong}" is none`);
  if (!withPeers && names.some((name) => name === 'eks' || name === 'vault')) {
    throw new UsageError('eks and vault are built from checkouts: say with --peers where they are');
  }
  return serverNames.filter((name) => names.includes(name));
}
