/** Reads and writes the authority's Secret, which all replicas share: the first one creates it, any one replaces it when it is due. */
import { X509Certificate } from 'node:crypto';
import { CoreV1Api, type KubeConfig, type V1Secret } from '@kubernetes/client-node';
import { callTimeout, withTimeout } from '../kubernetes/call-options.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { managedBy } from '../storage/labels.ts';
import { readBundle, writeBundle } from './bundle.ts';
import { makeAuthority, type Pair } from './make.ts';

/** What the Secret holds: the authority that signs, and all that are still to be trusted. */
export interface StoredAuthority {
  pair: Pair;
  trusted: X509Certificate[];
}

/** Name of the Secret that goes with a Service. */
export function authoritySecretName(service: string): string {
  return `${service}-ca`;
}

/** Reads the Secret without validating it: absent parts are empty text, which `authorityMustChange` reports. */
export function readAuthority(secret: V1Secret): StoredAuthority {
  const part = (name: string) => Buffer.from(secret.data?.[name] ?? '', 'base64').toString('utf8');
  const pair = { cert: part('tls.crt'), key: part('tls.key') };
  return { pair, trusted: [...readBundle(pair.cert), ...readBundle(part('ca.crt'))] };
}

/**
 * Creates the Secret, or replaces the authority in `present`, keeping the old one among those to be trusted.
 * Null where another replica was quicker: its authority is the one to use.
 * @throws ApiException or a connection's error
 */
export async function storeNewAuthority(
  kubeConfig: KubeConfig,
  where: { namespace: string; name: string },
  present: V1Secret | undefined,
  now: Date,
): Promise<V1Secret | null> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const body = await secretWith(await makeAuthority(now), where, present, now);
  try {
    return present
      ? await api.replaceNamespacedSecret({ ...where, body }, withTimeout(callTimeout))
      : await api.createNamespacedSecret({ namespace: where.namespace, body }, withTimeout(callTimeout));
  } catch (error) {
    const { kind } = apiFailure(error);
    if (kind === 'already-exists' || kind === 'conflict') return null;
    throw error;
  }
}

async function secretWith(
  authority: Pair,
  where: { namespace: string; name: string },
  present: V1Secret | undefined,
  now: Date,
): Promise<V1Secret> {
  const old = present ? readAuthority(present).trusted.filter((certificate) => certificate.validToDate > now) : [];
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    // With the resourceVersion that was read, the API server refuses the slower of two replicas.
    metadata: {
      ...where,
      labels: { ...managedBy },
      ...(present?.metadata?.resourceVersion ? { resourceVersion: present.metadata.resourceVersion } : {}),
    },
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': encoded(authority.cert),
      'tls.key': encoded(authority.key),
      'ca.crt': encoded(writeBundle([new X509Certificate(authority.cert), ...old])),
    },
  };
}
