/** The webhook's own ServiceAccount with the least rights that it needs, so that each test proves that they suffice. */
import { CoreV1Api, type KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { volumeRules } from './static-rights.ts';

export const ownNamespace = 'dvc-injector';

export const clusterRules: V1PolicyRule[] = [
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'create'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations'],
    resourceNames: ['dvc-injector'],
    verbs: ['list', 'watch', 'patch'],
  },
];

export const ownRules: V1PolicyRule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['dvc-injector-ca'], verbs: ['list', 'watch', 'update'] },
];

/** With EFS volumes that the webhook makes itself. */
export const rulesWithVolumes = [...clusterRules, ...volumeRules];

/**
 * The same, but a replica with these never hears of a namespace: its reconciler makes no claim, so that a test can see what
 * a review makes. It is never ready either.
 */
export const rulesWithoutWatchingNamespaces = rulesWithVolumes.map((rule) =>
  rule.resources?.includes('namespaces') ? { ...rule, verbs: ['get'] } : rule,
);

/** A client with the rights of these rules, under a ServiceAccount of this name in the webhook's namespace. */
export async function clientWith(
  controlPlane: ControlPlane,
  serviceAccount = 'dvc-injector',
  rules: { cluster: V1PolicyRule[]; own: V1PolicyRule[] } = { cluster: clusterRules, own: ownRules },
): Promise<KubeConfig> {
  const core = controlPlane.config.makeApiClient(CoreV1Api);
  const rbac = controlPlane.config.makeApiClient(RbacAuthorizationV1Api);
  const namespace = ownNamespace;
  const metadata = { name: serviceAccount };
  await core.createNamespace({ body: { metadata: { name: namespace } } }).catch((error: { code?: number }) => {
    if (error.code !== 409) throw error;
  });
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } });
  const subjects = [{ kind: 'ServiceAccount', name: serviceAccount, namespace }];
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: serviceAccount });
  await rbac.createClusterRole({ body: { metadata, rules: rules.cluster } });
  await rbac.createClusterRoleBinding({ body: { metadata, subjects, roleRef: roleRef('ClusterRole') } });
  await rbac.createNamespacedRole({ namespace, body: { metadata, rules: rules.own } });
  await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, subjects, roleRef: roleRef('Role') } });
  return controlPlane.kubeConfigFor({ serviceAccount, namespace });
}
