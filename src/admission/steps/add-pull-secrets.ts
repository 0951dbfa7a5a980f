/** Lets the kubelet pull the fetcher's image from a private registry. */
import type { Operation } from 'fast-json-patch';
import { insertInto } from '../patch.ts';
import type { Plan } from '../plan.ts';
import type { Pod } from '../pod.ts';

/** Adds `fetcher.pullSecrets` to the pod's imagePullSecrets, where they are missing. */
export function addPullSecrets(pod: Pod, plan: Plan): Operation[] {
  const present = new Set((pod.spec.imagePullSecrets ?? []).map((secret) => secret.name));
  const missing = plan.config.fetcher.pullSecrets.filter((name) => !present.has(name));
  return insertInto(
    pod.spec.imagePullSecrets,
    '/spec/imagePullSecrets',
    missing.map((name) => ({ name })),
  );
}
