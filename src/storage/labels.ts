/** The label on everything that dvc-injector creates. */
export const managedBy = { 'app.kubernetes.io/managed-by': 'dvc-injector' } as const;

/** The same as a label selector of the Kubernetes API. */
export const managedBySelector = Object.entries(managedBy)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');
