/** Which namespaces take part: the webhook's registration, the reconciler, the policies and the chart must agree on it. */

/** The label that a namespace carries to be served. */
export const optInLabel = { key: 'dvc.io/dataset-injection', value: 'enabled' } as const;

/** The same as a label selector of the Kubernetes API. */
export const optInSelector = `${optInLabel.key}=${optInLabel.value}`;

/** Never served, whatever its labels: nothing of ours may stand in the way of the cluster's own pods. */
const systemNamespace = 'kube-system';

/** True for the namespaces that are never served: the system's and the webhook's own. */
export function isExcludedNamespace(namespace: string, own: string): boolean {
  return namespace === systemNamespace || namespace === own;
}
