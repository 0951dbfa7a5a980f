/** Gives the init container the cloud identity that another webhook gave the training container before us. */
import { posix } from 'node:path';
import { annotationKey } from './annotations.ts';
import { fetcherPaths } from './names.ts';
import { asMounted, isBelow, nest } from './paths.ts';
import type { Container, EnvironmentVariable, VolumeMount } from './pod.ts';

/** The variables of one way to an identity: one names the file of its token, without which the others are worth nothing. */
interface Way {
  tokenFile: string;
  others: readonly string[];
}

/** What EKS' two identity webhooks set (IRSA, EKS Pod Identity); they set the same on every container when they run after us. */
const ways: readonly Way[] = [
  { tokenFile: 'AWS_WEB_IDENTITY_TOKEN_FILE', others: ['AWS_ROLE_ARN'] },
  { tokenFile: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', others: ['AWS_CONTAINER_CREDENTIALS_FULL_URI'] },
];
/** What they set beside either. */
const regionVariables = ['AWS_STS_REGIONAL_ENDPOINTS', 'AWS_DEFAULT_REGION', 'AWS_REGION'];

/** Where cloud webhooks mount their tokens. Anything else that a variable points to is not theirs, and may be the user's own. */
const tokenFolder = '/var/run/secrets';

/** Raw copies of the variables and the token mounts; all empty where no identity was given. */
export interface CloudIdentity {
  env: EnvironmentVariable[];
  mounts: VolumeMount[];
  /** Why an identity that is there is not given to the init container. */
  warnings: string[];
}

/** The mount that holds a token's file, or why it can't be copied and what to do, as parts of a sentence. */
type Token = { mount: VolumeMount } | { obstacle: string; remedy: string };

/** Of a repeated variable the last counts, as for the kubelet. */
type Variables = ReadonlyMap<string, EnvironmentVariable>;

/** The identity of the first of `containers` that has one. */
export function findCloudIdentity(containers: readonly Container[]): CloudIdentity {
  for (const container of containers) {
    const variables = new Map((container.env ?? []).map((variable) => [variable.name, variable]));
    const taken = ways.filter(({ tokenFile }) => isSet(variables.get(tokenFile)));
    if (taken.length > 0) return identityOf(container, variables, taken);
  }
  return { env: [], mounts: [], warnings: [] };
}

/** Without its file a variable is worse than none: the AWS SDK fails on it instead of looking elsewhere. */
function identityOf(container: Container, variables: Variables, taken: readonly Way[]): CloudIdentity {
  const names = new Set<string>();
  const mounts = new Set<VolumeMount>();
  const warnings: string[] = [];
  for (const way of taken) {
    const token = findToken(way, variables, container.volumeMounts ?? []);
    if ('mount' in token) {
      mounts.add(token.mount);
      for (const name of [way.tokenFile, ...way.others]) names.add(name);
    } else {
      warnings.push(refusal(container, token.obstacle, token.remedy));
    }
  }
  if (mounts.size === 0) return { env: [], mounts: [], warnings };
  for (const name of regionVariables) if (!refersToAnother(variables.get(name))) names.add(name);
  return {
    env: [...variables.values()].filter((variable) => names.has(variable.name)),
    mounts: [...mounts].map((mount) => ({ ...mount, readOnly: true })),
    warnings,
  };
}

function findToken(way: Way, variables: Variables, mounts: readonly VolumeMount[]): Token {
  const { value, valueFrom } = variables.get(way.tokenFile) ?? {};
  const indirect = valueFrom
    ? way.tokenFile
    : [way.tokenFile, ...way.others].find((name) => refersToAnother(variables.get(name)));
  if (indirect) return { obstacle: `${indirect} is not a plain value`, remedy: 'write it out as one' };
  const file = value ?? '';
  const mount = posix.isAbsolute(file) ? mountOf(asMounted(file), mounts) : null;
  if (!mount) return { obstacle: `no mount holds ${file}`, remedy: `mount the token below ${tokenFolder}` };
  const path = asMounted(mount.mountPath);
  if (!isHarmless(path)) {
    return {
      obstacle: `its token is mounted at ${mount.mountPath}`,
      remedy: `mount it in a folder of its own below ${tokenFolder}`,
    };
  }
  // It is made of variables of that container; the kubelet starts no container in which one of them is missing.
  if (mount.subPathExpr) return { obstacle: `its mount ${path} has a subPathExpr`, remedy: 'give it a subPath' };
  return { mount };
}

/** The mount in which the file is, or which is the file: the innermost, as it hides those around it. */
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

/** A mount at or above one of ours would hide the fetcher's files, or undo the masked token; one within ours would be hidden. */
function isHarmless(path: string): boolean {
  return isBelow(path, tokenFolder) && !Object.values(fetcherPaths).some((own) => nest(path, own));
}

/** Empty is how people keep an identity off a container: its webhook leaves what is there, and the SDK takes it for absent. */
function isSet(variable: EnvironmentVariable | undefined): boolean {
  return Boolean(variable?.value || variable?.valueFrom);
}

/** True where the value is made of another variable, as `$(HOME)/token`, which the init container does not have. */
function refersToAnother(variable: EnvironmentVariable | undefined): boolean {
  return (variable?.value ?? '').includes('$(');
}

function refusal(container: Container, obstacle: string, remedy: string): string {
  return `the cloud identity of container ${container.name} is not given to the init container, as ${obstacle}; ${remedy}, or name credentials by ${annotationKey('remote-secret', null)}`;
}
