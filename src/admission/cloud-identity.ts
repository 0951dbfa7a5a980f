/** Gives the init container the cloud identity that another webhook gave the training container before us. */
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

/** Raw copies of the variables and the token mounts; empty where no identity was given. */
export interface CloudIdentity {
  env: EnvironmentVariable[];
  mounts: VolumeMount[];
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
    return { env, mounts: mounts.map((mount) => ({ ...mount, readOnly: true })) };
  }
  return { env: [], mounts: [] };
}
