/**
 * What EKS' identity webhook does to a pod, for the tests of who runs first: the real one needs a cloud. As in
 * aws/amazon-eks-pod-identity-webhook every container and init container is given the variables unless it has one of them,
 * and the mount unless it has that volume; the pod is given the volume once, in front; and lists are written anew as a whole.
 */
import type { V1Container, V1EnvVar, V1Pod, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';

/** A way in which a pod gets an identity. */
export interface Identity {
  name: string;
  env: readonly V1EnvVar[];
  volume: V1Volume;
  mount: V1VolumeMount;
}

/** IAM roles for service accounts: the ServiceAccount's token is changed for a role at the cloud's STS. */
export const irsa: Identity = {
  name: 'IRSA',
  env: [
    { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/training' },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token' },
  ],
  volume: tokenVolume('aws-iam-token', { audience: 'sts.amazonaws.com', path: 'token' }),
  mount: { name: 'aws-iam-token', mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount', readOnly: true },
};

/** EKS Pod Identity: an agent on the node answers the bearer of the token with the role's credentials. */
export const podIdentity: Identity = {
  name: 'EKS Pod Identity',
  env: [
    { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
    {
      name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
      value: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
    },
  ],
  volume: tokenVolume('eks-pod-identity-token', {
    audience: 'pods.eks.amazonaws.com',
    path: 'eks-pod-identity-token',
  }),
  mount: {
    name: 'eks-pod-identity-token',
    mountPath: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
    readOnly: true,
  },
};

/** The change that the webhook makes; none to a pod that has all of it. */
export function giveIdentity(given: Identity): (pod: V1Pod) => Operation[] {
  return ({ spec }) => {
    const { volumes, containers = [], initContainers = [] } = spec ?? {};
    const volume: Operation[] = volumes?.some(({ name }) => name === given.volume.name)
      ? []
      : [
          volumes
            ? { op: 'add', path: '/spec/volumes/0', value: given.volume }
            : { op: 'add', path: '/spec/volumes', value: [given.volume] },
        ];
    const lists = Object.entries({ containers, initContainers }).filter(([, list]) => list.some(lacks(given)));
    return [
      ...volume,
      ...lists.map(([list, value]): Operation => {
        return { op: 'add', path: `/spec/${list}`, value: value.map((each) => withIdentity(each, given)) };
      }),
    ];
  };
}

function withIdentity(container: V1Container, { env, mount }: Identity): V1Container {
  const { env: ownEnv = [], volumeMounts = [] } = container;
  return {
    ...container,
    env: hasVariable(container, env) ? ownEnv : [...ownEnv, ...env],
    volumeMounts: hasMount(container, mount) ? volumeMounts : [...volumeMounts, mount],
  };
}

function lacks({ env, mount }: Identity): (container: V1Container) => boolean {
  return (container) => !hasVariable(container, env) || !hasMount(container, mount);
}

function hasVariable(container: V1Container, env: readonly V1EnvVar[]): boolean {
  return (container.env ?? []).some(({ name }) => env.some((variable) => variable.name === name));
}

function hasMount(container: V1Container, mount: V1VolumeMount): boolean {
  return (container.volumeMounts ?? []).some(({ name }) => name === mount.name);
}

function tokenVolume(name: string, token: { audience: string; path: string }): V1Volume {
  return { name, projected: { sources: [{ serviceAccountToken: { ...token, expirationSeconds: 86_400 } }] } };
}
