/** The label of every object that dvc-injector creates; the informer of volumes selects them by it. */
export const managedBy = { 'app.kubernetes.io/managed-by': 'dvc-injector' } as const;

/** The same as a label selector of the Kubernetes API. */
export const managedBySelector = Object.entries(managedBy)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');
