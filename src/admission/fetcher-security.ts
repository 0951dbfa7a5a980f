/** Tells a security context with the rights of our init container, or fewer, from one with more. */

/** Of which any value takes rights away, or chooses among equal ones: mutating policies of clusters set them. */
const harmless = new Set(['seLinuxOptions', 'appArmorProfile', 'runAsGroup', 'windowsOptions']);

/** What has to stand there, by field. */
const demands: Record<string, (value: unknown) => boolean> = {
  allowPrivilegeEscalation: (value) => value === false,
  readOnlyRootFilesystem: (value) => value === true,
  runAsNonRoot: (value) => value === true,
  // A cluster may drop by name what ALL has dropped.
  capabilities: (value) => {
    const { drop, add } = (value ?? {}) as { drop?: unknown; add?: unknown };
    return Array.isArray(drop) && drop.includes('ALL') && (!add || (Array.isArray(add) && add.length === 0));
  },
  seccompProfile: (value) =>
    ['RuntimeDefault', 'Localhost'].includes(String((value as { type?: unknown } | null | undefined)?.type)),
};

/** What may stand there. */
const permissions: Record<string, (value: unknown) => boolean> = {
  // The configuration's, one that it had before, or the cluster's choice.
  runAsUser: (value) => typeof value === 'number' && value > 0,
  privileged: (value) => value === false,
  procMount: (value) => value === 'Default',
};

/** The field that grants more, or null. */
export function securityDifference(context: Readonly<Record<string, unknown>>): string | null {
  for (const [field, fits] of Object.entries(demands)) if (!fits(context[field])) return `securityContext.${field}`;
  for (const [field, value] of Object.entries(context)) {
    if (value === null || value === undefined || harmless.has(field) || Object.hasOwn(demands, field)) continue;
    if (!Object.hasOwn(permissions, field) || !permissions[field]?.(value)) return `securityContext.${field}`;
  }
  return null;
}
