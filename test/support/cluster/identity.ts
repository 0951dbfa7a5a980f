/** Clients of the API server: the administrator, a user by certificate, a ServiceAccount by token. */
import { type Cluster, CoreV1Api, KubeConfig, type User } from '@kubernetes/client-node';
import { issue, type Pair } from './certificates.ts';

/** Who a client is to the API server, and so what RBAC allows it. */
export type Identity = { user: string; groups?: readonly string[] } | { serviceAccount: string; namespace: string };

/** A KubeConfig for this cluster as this user, in the namespace `default`. */
export function kubeConfigOf(cluster: Cluster, user: User): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, user);
  return config;
}

/** The user's name, groups and certificate, signed by the authority that the API server trusts. */
export async function userByCertificate(authority: Pair, name: string, groups: readonly string[] = []): Promise<User> {
  const pair = await issue(authority, { commonName: name, organizations: groups });
  return { name, certData: base64(pair.cert), keyData: base64(pair.key) };
}

/** An existing ServiceAccount with a token that the API server makes, good for a day. */
export async function serviceAccountByToken(admin: KubeConfig, name: string, namespace: string): Promise<User> {
  const answer = await admin.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    name,
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 24 * 60 * 60 } },
  });
  const token = answer.status?.token;
  if (!token) throw new Error(`the API server gave no token for the ServiceAccount ${namespace}/${name}`);
  return { name: `system:serviceaccount:${namespace}:${name}`, token };
}

/** As kubeconfigs carry it. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
