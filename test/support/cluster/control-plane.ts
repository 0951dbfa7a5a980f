/** A real Kubernetes control plane for the tests: started in seconds, on loopback only, and gone without a trace. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideKubernetes } from '../../../provision/kubernetes.ts';
import { type Component, startComponent, untilReady } from '../process/component.ts';
import { hasDefaultServiceAccount, isServing } from './api-server.ts';
import type { ControlPlane } from './cluster.ts';
import { existingKubeconfig, useExisting } from './existing.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags } from './flags.ts';
import { type Prepared, prepareFolder } from './folder.ts';
import { kubeConfigOf, serviceAccountByToken, userByCertificate } from './identity.ts';
import { kubectlWith } from './kubectl.ts';

export type { ControlPlane } from './cluster.ts';

/** How a control plane differs from the usual one. */
export interface ControlPlaneOptions {
  /** The address to listen on, by default 127.0.0.1, where nobody else can reach it. Pods of real nodes need another. */
  address?: string;
  /** More flags, such as `--audit-log-path=…`. */
  apiServerFlags?: readonly string[];
  controllerManagerFlags?: readonly string[];
}

/**
 * Starts etcd, kube-apiserver and kube-controller-manager (built the first time, which takes minutes) and resolves when
 * the API server is ready and the namespace `default` has its ServiceAccount. A webhook registered by URL at
 * `https://127.0.0.1:<port>` is reached. They all end with this process, however it ends.
 *
 * Throws an Error with the last lines of the log, and its path, of the component that didn't come up.
 *
 * With `$DVC_INJECTOR_TEST_KUBECONFIG` nothing is started: that cluster is used, and the options don't count.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const existing = existingKubeconfig();
  if (existing) return useExisting(existing);
  const commands = await provideKubernetes(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
  const prepared = await prepareFolder(options.address ?? '127.0.0.1');
  const { layout, config, cluster, authority, folder, kubeconfig } = prepared;
  const components: Component[] = [];
  const start = async (
    name: Exclude<keyof typeof commands, 'kubectl'>,
    flags: string[],
    ready: () => Promise<boolean>,
  ) => {
    // etcd, whose data is most of the folder, is the one to delete it if this process can't.
    const deletes = name === 'etcd' ? { deletes: folder } : {};
    const component = startComponent({ name, command: commands[name], flags, logs: prepared.logs, ...deletes });
    components.push(component);
    await untilReady(component, ready);
  };
  try {
    await start('etcd', etcdFlags(layout), () => isHealthy(layout.etcdUrl));
    const apiServer = [...apiServerFlags(layout), ...(options.apiServerFlags ?? [])];
    await start('kube-apiserver', apiServer, () => isServing(config));
    const controllers = [...controllerManagerFlags(layout), ...(options.controllerManagerFlags ?? [])];
    await start('kube-controller-manager', controllers, () => hasDefaultServiceAccount(config));
  } catch (error) {
    throw await abandoned(error, prepared, components);
  }

  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= discard(prepared, components));
  return {
    kubeconfig,
    config,
    kubectl: kubectlWith(commands.kubectl, kubeconfig, join(folder, 'kubectl-cache')),
    async kubeConfigFor(identity) {
      const user =
        'user' in identity
          ? await userByCertificate(authority, identity.user, identity.groups)
          : await serviceAccountByToken(config, identity.serviceAccount, identity.namespace);
      return kubeConfigOf(cluster, user);
    },
    logs: Object.fromEntries(components.map((component) => [component.name, component.log])),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function isHealthy(etcdUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${etcdUrl}/health`)).ok;
  } catch {
    return false;
  }
}

/** The newest first: a component that outlives the one it depends on would only fill its log. */
async function discard(prepared: Prepared, components: readonly Component[]): Promise<void> {
  for (const component of components.toReversed()) await component.stop();
  rmSync(prepared.folder, { recursive: true, force: true });
}

/** Cleans up after a failed start, but keeps the logs: the error, which names one, gets the place where they are now. */
async function abandoned(error: unknown, prepared: Prepared, components: readonly Component[]): Promise<unknown> {
  const kept = mkdtempSync(join(tmpdir(), 'dvc-injector-control-plane-logs-'));
  cpSync(prepared.logs, kept, { recursive: true });
  await discard(prepared, components);
  if (error instanceof Error) error.message = error.message.replaceAll(prepared.logs, kept);
  return error;
}
