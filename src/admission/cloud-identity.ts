/**
 * Copies the cloud identity (IRSA, EKS Pod Identity) of the training container to the init container, which needs it for S3:
 * a cloud's webhook that ran before ours gave it to the containers that existed then.
 */
import { posix } from 'node:path';
import { annotationKey } from './annotations.ts';
import { fetcherPaths } from './names.ts';
import { asMounted, isBelow, overlap } from './paths.ts';
import type { Container, EnvironmentVariable, Pod, VolumeMount } from './pod.ts';

/** The environment variables of one method of identification. */
interface IdentityMethod {
  /** Names the file of the token, without which the other variables have no effect. */
  tokenFile: string;
  others: readonly string[];
}

/** What the webhooks of IRSA and EKS Pod Identity set. Where they run after ours they set it on the init container, too. */
const identityMethods: readonly IdentityMethod[] = [
  { tokenFile: 'AWS_WEB_IDENTITY_TOKEN_FILE', others: ['AWS_ROLE_ARN'] },
  { tokenFile: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', others: ['AWS_CONTAINER_CREDENTIALS_FULL_URI'] },
];
/** Set together with either method. */
const regionVariables = ['AWS_STS_REGIONAL_ENDPOINTS', 'AWS_DEFAULT_REGION', 'AWS_REGION'];

/** Where cloud webhooks mount their tokens. A variable that points elsewhere was written by the user, and is not copied. */
const tokenFolder = '/var/run/secrets';

/** Copies of the variables and token mounts; both empty where no identity can be copied. */
export interface CloudIdentity {
  env: EnvironmentVariable[];
  mounts: VolumeMount[];
  /** Why an identity that the container has is not copied. */
  warnings: string[];
}

/** The mount that holds a token's file, or why it can't be copied and what to do, as parts of a sentence. */
type Token = { mount: VolumeMount } | { obstacle: string; remedy: string };

/** By name. Of a repeated variable the last counts, as for the kubelet. */
type Variables = ReadonlyMap<string, EnvironmentVariable>;

const noIdentity: CloudIdentity = { env: [], mounts: [], warnings: [] };

/** Finds the identity of the first of some containers, given by index, that has one. Each is read once, for all datasets. */
export function cloudIdentities(pod: Pod): (indices: readonly number[]) => CloudIdentity {
  const identities = new Map<number, CloudIdentity | null>();
  return (indices) => {
    for (const index of indices) {
      const container = pod.spec.containers[index];
      if (!identities.has(index)) identities.set(index, container ? findCloudIdentity(container) : null);
      const identity = identities.get(index);
      if (identity) return identity;
    }
    return noIdentity;
  };
}

/** Null where the container has none. */
function findCloudIdentity(container: Container): CloudIdentity | null {
  // Most containers have none: a map of all their variables is made for the few that do.
  const names = identityMethods.map(({ tokenFile }) => tokenFile);
  if (!container.env?.some(({ name }) => names.includes(name))) return null;
  const variables = new Map(container.env.map((variable) => [variable.name, variable]));
  const methods = identityMethods.filter(({ tokenFile }) => isSet(variables.get(tokenFile)));
  return methods.length > 0 ? identityOf(container, variables, methods) : null;
}

/** Copies a method only whole: a variable without its file makes the AWS SDK fail instead of looking elsewhere. */
function identityOf(container: Container, variables: Variables, methods: readonly IdentityMethod[]): CloudIdentity {
  const names = new Set<string>();
  const mounts = new Set<VolumeMount>();
  const warnings: string[] = [];
  for (const method of methods) {
    const token = findToken(method, variables, container.volumeMounts ?? []);
    if ('mount' in token) {
      mounts.add(token.mount);
      for (const name of [method.tokenFile, ...method.others]) names.add(name);
    } else {
      warnings.push(notCopiedWarning(container, token.obstacle, token.remedy));
    }
  }
  if (mounts.size === 0) return { env: [], mounts: [], warnings };
  for (const name of regionVariables) {
    const variable = variables.get(name);
    if (!refersToAnother(variable) && !isTooLong(variable)) names.add(name);
  }
  return {
    env: [...variables.values()]
      .filter((variable) => names.has(variable.name))
      .map(({ name, value, valueFrom }) => (valueFrom ? { name, valueFrom } : { name, value: value ?? '' })),
    mounts: [...mounts].map(({ name, mountPath, subPath }) => ({
      name,
      mountPath,
      ...(subPath ? { subPath } : {}),
      readOnly: true,
    })),
    warnings,
  };
}

function findToken(method: IdentityMethod, variables: Variables, mounts: readonly VolumeMount[]): Token {
  const { value, valueFrom } = variables.get(method.tokenFile) ?? {};
  const wanted = [method.tokenFile, ...method.others];
  const indirect = valueFrom ? method.tokenFile : wanted.find((name) => refersToAnother(variables.get(name)));
  if (indirect) return { obstacle: `${indirect} is not a plain value`, remedy: 'write it out as one' };
  const long = wanted.find((name) => isTooLong(variables.get(name)));
  if (long) return { obstacle: `${long} is longer than ${longestValue} characters`, remedy: 'shorten it' };
  const file = value ?? '';
  const mount = posix.isAbsolute(file) ? mountOf(asMounted(file), mounts) : null;
  if (!mount) return { obstacle: `no mount holds ${file}`, remedy: `mount the token below ${tokenFolder}` };
  const path = asMounted(mount.mountPath);
  if (!isSafeToCopy(path)) {
    return {
      obstacle: `its token is mounted at ${mount.mountPath}`,
      remedy: `mount it in a folder of its own below ${tokenFolder}`,
    };
  }
  // The expression refers to variables of that container, and the kubelet starts no container in which one is missing.
  if (mount.subPathExpr) return { obstacle: `its mount ${path} has a subPathExpr`, remedy: 'give it a subPath' };
  return { mount };
}

/** The mount that shows the file: the innermost one that contains it or is it, as that hides the outer ones. */
function mountOf(file: string, mounts: readonly VolumeMount[]): VolumeMount | null {
  let innermost: VolumeMount | null = null;
  let length = 0;
  for (const mount of mounts) {
    const path = asMounted(mount.mountPath);
    if ((path === file || isBelow(file, path)) && path.length >= length) {
      innermost = mount;
      length = path.length;
    }
  }
  return innermost;
}

/**
 * A mount at or above one of the fetcher's own would hide its files, or uncover the service account token that it masks; one
 * inside would be hidden itself.
 */
function isSafeToCopy(path: string): boolean {
  return isBelow(path, tokenFolder) && !Object.values(fetcherPaths).some((own) => overlap(path, own));
}

/** An empty value is none: people set it to keep an identity off a container, as webhooks don't overwrite it and the SDK ignores it. */
function isSet(variable: EnvironmentVariable | undefined): boolean {
  return Boolean(variable?.value || variable?.valueFrom);
}

/** In characters. A value is copied into the init container of each dataset; AWS' own take a tenth of this. */
const longestValue = 2048;

function isTooLong({ value, valueFrom }: Partial<EnvironmentVariable> = {}): boolean {
  return (value ?? '').length > longestValue || (valueFrom ? JSON.stringify(valueFrom).length > longestValue : false);
}

/** True for a value such as `$(HOME)/token`: the init container does not have the other variable. */
function refersToAnother(variable: EnvironmentVariable | undefined): boolean {
  return (variable?.value ?? '').includes('$(');
}

function notCopiedWarning(container: Container, obstacle: string, remedy: string): string {
  return `the cloud identity of container ${container.name} is not given to the init container, as ${obstacle}; ${remedy}, or name credentials by ${annotationKey('remote-secret', null)}`;
}
