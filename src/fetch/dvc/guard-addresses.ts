/** Keeps DVC off loopback, link-local and metadata addresses, whatever a name leads to: python/dvc_injector_addresses.py says why and how. */
import { RefusedAddress } from '../remote/addresses.ts';
import { listedServers } from '../remote/allowed-servers.ts';
import type { Remote } from '../remote/choose-remote.ts';
import { proxyUrls } from '../remote/proxy.ts';

/** A host, as a name or an address, on a port; on any where that is null. */
interface Place {
  host: string;
  port: number | null;
}

const imds: Place = { host: '169.254.169.254', port: 80 };

/** What gives a pod of this cloud its credentials, unless the environment names something else. */
const identityServices: Readonly<Partial<Record<Remote['type'], readonly Place[]>>> = {
  // The node's own, and the agents of ECS and of EKS Pod Identity.
  s3: [
    imds,
    { host: 'fd00:ec2::254', port: 80 },
    { host: '169.254.170.2', port: 80 },
    { host: '169.254.170.23', port: 80 },
    { host: 'fd00:ec2::23', port: 80 },
  ],
  azure: [imds],
  gs: [imds, { host: 'metadata.google.internal', port: 80 }],
};

/** The text of addresses.json, for a remote and the environment that DVC gets. */
export function addressRules(
  { type, endpoints }: Pick<Remote, 'type' | 'endpoints'>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const listed = [
    ...listedServers(endpoints).map(({ host, port }) => ({ host, port })),
    ...proxyUrls(environment).flatMap(placeOf), // the way out, which whoever made the pod chose
  ];
  const named = type === 's3' ? placeOf(environment.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? '') : [];
  return JSON.stringify({ listed, identities: [...(identityServices[type] ?? []), ...named] });
}

function placeOf(address: string): Place[] {
  const url = URL.parse(address);
  if (!url?.hostname) return [];
  return [{ host: url.hostname, port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) }];
}

const refused = /dvc-injector: no connection to (\S{1,300})(?: \(([0-9a-f.:%a-z]{1,60})\))?, a loopback, link-local/i;

/** The end of a sentence on a remote, where stderr says of a connection that was refused. */
export function refusedConnection(stderr: string): string | null {
  const [, host, address] = refused.exec(stderr) ?? [];
  return host === undefined ? null : new RefusedAddress(host, address ?? host).message;
}
