/** Defines which namespaces are served, on which the webhook's registration, reconciler, policies and chart must agree. */

/** The label that a namespace carries to be served. */
export const optInLabel = { key: 'dvc.io/dataset-injection', value: 'enabled' } as const;

/** The same as a label selector of the Kubernetes API. */
export const optInSelector = `${optInLabel.key}=${optInLabel.value}`;

/** Never served, whatever its labels: the webhook must never keep the cluster's own pods from starting. */
const systemNamespace = 'kube-system';

/** True for the namespaces that are never served: the system's and the webhook's own. */
export function isExcludedNamespace(namespace: string, own: string): boolean {
  return namespace === systemNamespace || namespace === own;
}
