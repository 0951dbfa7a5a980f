/** What a run is asked for, by flags and environment. */
import { parseArgs } from 'node:util';

export interface Options {
  /** The commit whose images are built; undefined is the working tree. */
  from: string | undefined;
  /** Only stories whose titles match; the later ones may need what earlier ones made. */
  only: string | undefined;
  /** A cluster of the user's in place of our own. */
  existing: Existing | undefined;
}

export interface Existing {
  kubeconfig: string;
  /** Gives an archive to the cluster's nodes, with `{}` for its path. */
  loadImage: string;
  /** Where pods reach this machine. */
  hostAddress: string;
}

export const usage = `usage: npm run e2e -- [--from COMMIT] [--only PATTERN]

  --from COMMIT   build the images from this commit, such as HEAD; the working tree as it is unless given
  --only PATTERN  run only stories whose titles match this regular expression

A cluster of one node that the stories may fill is used in place of an own one if these three are set:
  E2E_KUBECONFIG    its kubeconfig
  E2E_LOAD_IMAGE    what gives its node an image, such as: kind load image-archive {}
  E2E_HOST_ADDRESS  this machine's address as pods reach it, such as kind's gateway, 172.18.0.1
`;

/** Throws an Error of one sentence where something is missing or unknown. */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({ args, options: { from: { type: 'string' }, only: { type: 'string' } }, strict: true });
  if (values.only !== undefined) new RegExp(values.only); // here, where it can still be said what is wrong with it
  return { from: values.from, only: values.only, existing: readExisting(environment) };
}

/** Not plain KUBECONFIG, which on a developer's machine may well be production. */
function readExisting(environment: NodeJS.ProcessEnv): Existing | undefined {
  const { E2E_KUBECONFIG: kubeconfig, E2E_LOAD_IMAGE: loadImage, E2E_HOST_ADDRESS: hostAddress } = environment;
  if (!kubeconfig) return undefined;
  if (!loadImage?.includes('{}')) throw new Error('E2E_KUBECONFIG needs E2E_LOAD_IMAGE too, a command with {} in it');
  if (!hostAddress) throw new Error('E2E_KUBECONFIG needs E2E_HOST_ADDRESS too, by which pods reach this machine');
  return { kubeconfig, loadImage, hostAddress };
}
