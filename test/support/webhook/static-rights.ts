/** What the webhook may do beside the rest where the configuration names EFS volumes (`storage.static`). */
import type { V1PolicyRule } from '@kubernetes/client-node';

export const volumeRules: V1PolicyRule[] = [
  { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'create', 'patch'] },
];
