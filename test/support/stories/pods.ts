/** Waiting for pods, which take as long as the machine needs. */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { eventually } from '../eventually.ts';
import type { Team } from './team.ts';

const patience = 600; // seconds

/** The only pod with this label, when it has ended. */
export async function finished(team: Team, selector: string): Promise<V1Pod> {
  return eventually(
    `the pod with ${selector} has ended`,
    async () => (await team.pods(selector)).find(hasEnded),
    patience,
  );
}

/** The pod of this name, when it has ended well or badly. */
export function untilEnded(team: Team, name: string): Promise<V1Pod> {
  return untilPod(team, name, 'has ended', hasEnded);
}

function hasEnded({ status }: V1Pod): boolean {
  return /^(Succeeded|Failed)$/.test(status?.phase ?? '');
}

/** The pod of this name, as soon as `is` says so. */
export async function untilPod(
  team: Team,
  name: string,
  what: string,
  is: (pod: V1Pod) => boolean | undefined,
): Promise<V1Pod> {
  return eventually(
    `the pod ${name} ${what}`,
    async () => {
      const pod = await team.readPod(name);
      return is(pod) && pod;
    },
    patience,
  );
}

/** The status of one of its init containers; undefined while it has none. */
export function initStatus(pod: V1Pod, container = 'dvc-fetch'): V1ContainerStatus | undefined {
  return pod.status?.initContainerStatuses?.find(({ name }) => name === container);
}
