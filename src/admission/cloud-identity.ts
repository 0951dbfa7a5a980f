/** Gives the init container the cloud identity that another webhook gave the training container before us. */
import { annotationKey } from './annotations.ts';
import { fetcherPaths } from './names.ts';
import { asMounted, isBelow, nest } from './paths.ts';
import type { Container, EnvironmentVariable, VolumeMount } from './pod.ts';

/** What EKS' two identity webhooks set (IRSA, EKS Pod Identity); they set the same on every container when they run after us. */
const identityVariables = [
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
];
const tokenFileVariables = ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];

/** Where cloud webhooks mount their tokens. Anything else that a variable points to is not theirs, and may be the user's own. */
const tokenFolder = '/var/run/secrets';

/** Raw copies of the variables and the token mounts; all empty where no identity was given. */
export interface CloudIdentity {
  env: EnvironmentVariable[];
  mounts: VolumeMount[];
  /** Why an identity that is there is not given to the init container. */
  warning: string | null;
}

/** The identity of the first of `containers` that has one. */
export function findCloudIdentity(containers: readonly Container[]): CloudIdentity {
  for (const container of containers) {
    const named = (container.env ?? []).filter((variable) => identityVariables.includes(variable.name));
    // Of a repeated variable the last counts, as for the kubelet.
    const env = [...new Map(named.map((variable) => [variable.name, variable])).values()];
    const tokenFiles = env
      .filter((variable) => tokenFileVariables.includes(variable.name))
      .map((variable) => variable.value ?? '');
    if (tokenFiles.length === 0) continue;
    const mounts = (container.volumeMounts ?? []).filter((mount) =>
      tokenFiles.some((file) => file.startsWith(`${mount.mountPath.replace(/\/$/, '')}/`)),
    );
    const harmful = mounts.find((mount) => !isHarmless(asMounted(mount.mountPath)));
    // Without its file a variable is worse than none: the AWS SDK fails on it instead of looking elsewhere.
    if (harmful) return { env: [], mounts: [], warning: refusal(container, harmful) };
    return { env, mounts: mounts.map((mount) => ({ ...mount, readOnly: true })), warning: null };
  }
  return { env: [], mounts: [], warning: null };
}

/** A mount at or above one of ours would hide the fetcher's files, or undo the masked token; one within ours would be hidden. */
function isHarmless(path: string): boolean {
  return isBelow(path, tokenFolder) && !Object.values(fetcherPaths).some((own) => nest(path, own));
}

function refusal(container: Container, mount: VolumeMount): string {
  return `the cloud identity of container ${container.name} is not given to the init container, as its token is mounted at ${mount.mountPath} (volume ${mount.name}); mount it in a folder of its own below ${tokenFolder}, or name credentials by ${annotationKey('remote-secret', null)}`;
}
