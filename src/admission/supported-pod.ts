/** Refuses pods in which the init container can't work, as it is for Linux and writes to NFS, before they hang or fail on a node. */
import type { Config } from '../config/schema.ts';
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
import type { Pod } from './pod.ts';

/** @throws {Denied} naming the field in the way */
export function refuseUnsupportedPod(pod: Pod, config: Config): void {
  if (pod.spec.os?.name === 'windows' || pod.spec.nodeSelector?.['kubernetes.io/os'] === 'windows') {
    throw new Denied(
      'unsupported-pod',
      `the pod is for Windows (spec.os or nodeSelector), where the shared volume and the fetcher do not exist; run it on Linux or remove the ${annotationKey('dataset', null)} annotations`,
    );
  }
  if (pod.spec.hostUsers === false) {
    throw new Denied(
      'unsupported-pod',
      'the pod sets hostUsers: false, but NFS volumes (EFS) can not be mounted in a user namespace; remove hostUsers',
    );
  }
  if (config.fetcher.runAsUser === null && pod.spec.securityContext?.runAsUser === 0) {
    throw new Denied(
      'root-user',
      "the init container inherits the pod's user, and securityContext.runAsUser is 0; set another user on the pod, or ask the admin to set fetcher.runAsUser",
    );
  }
}
