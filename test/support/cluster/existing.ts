/** A cluster that the user names for the tests, used in place of our own control plane. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { provideKubernetes } from '../../../provision/kubernetes.ts';
import type { ControlPlane } from './cluster.ts';
import { kubeConfigOf, serviceAccountByToken } from './identity.ts';
import { kubectlWith } from './kubectl.ts';

/**
 * The kubeconfig of a cluster that the tests may fill and empty, from `$DVC_INJECTOR_TEST_KUBECONFIG`. Never plain
 * `$KUBECONFIG`: on a developer's machine that may well be production.
 */
export function existingKubeconfig(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment.DVC_INJECTOR_TEST_KUBECONFIG || undefined;
}

/** That cluster as a ControlPlane: it starts nothing, and `stop` leaves the cluster alone. */
export async function useExisting(kubeconfig: string): Promise<ControlPlane> {
  process.stderr.write(`tests use the cluster of DVC_INJECTOR_TEST_KUBECONFIG (${kubeconfig})\n`);
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`${kubeconfig} has no current context`);
  const commands = await provideKubernetes(['kubectl']);
  const cache = mkdtempSync(join(tmpdir(), 'dvc-injector-kubectl-'));
  const stop = async () => rmSync(cache, { recursive: true, force: true });
  return {
    kubeconfig,
    config,
    kubectl: kubectlWith(commands.kubectl, kubeconfig, cache),
    async kubeConfigFor(identity) {
      if ('user' in identity) {
        throw new Error(`only a control plane of our own can sign a certificate for ${identity.user}`);
      }
      return kubeConfigOf(cluster, await serviceAccountByToken(config, identity.serviceAccount, identity.namespace));
    },
    logs: {},
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
