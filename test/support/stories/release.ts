/** The chart's release, installed, changed and taken away by Helm as an admin would. */
import { chart, helm, type Values } from '../chart/helm.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../eventually.ts';

export const releaseName = 'dvc-injector';
export const releaseNamespace = 'dvc-injector';

export interface Release {
  /**
   * Installs or upgrades with the stories' values and these, and with further flags of Helm's; resolves when the rollout is
   * over, throws with Helm's words where it fails.
   */
  apply(more?: Values, flags?: readonly string[]): Promise<void>;
  uninstall(): Promise<void>;
  /** The same where there may be none. */
  remove(): Promise<void>;
  /** `helm test`; returns what it printed, throws with that where it fails. */
  test(): Promise<string>;
}

/** A release whose fetchers trust `private-ca` and may pull from `endpoint`. */
export function makeRelease(controlPlane: ControlPlane, endpoint: string): Release {
  const call = async (args: readonly string[], values?: Values) => {
    const options = { kubeconfig: controlPlane.kubeconfig, ...(values ? { values } : {}) };
    const { stdout, stderr, exitCode } = await helm([...args, '--namespace', releaseNamespace], options);
    if (exitCode !== 0) throw new Error(`helm ${args[0]} ended with exit code ${exitCode}:\n${stderr}\n${stdout}`);
    return stdout;
  };
  return {
    async apply(more = {}, flags = []) {
      const values = { ...standardValues(endpoint), ...more };
      await call(['upgrade', '--install', releaseName, chart, '--create-namespace', ...flags], values);
      await rolledOut(controlPlane);
    },
    async uninstall() {
      await call(['uninstall', releaseName, '--wait']);
    },
    async remove() {
      await call(['uninstall', releaseName, '--wait', '--ignore-not-found']);
    },
    test: () => call(['test', releaseName, '--timeout', '5m']),
  };
}

function standardValues(endpoint: string): Values {
  return {
    config: {
      fetcher: {
        // Little, because requests are limits and two cores have to do for all; a node of ours enforces no CPU limit.
        cpu: '100m',
        memory: '512Mi',
        scratch: '1Gi',
        caBundle: { configMap: 'private-ca', key: 'ca.crt' },
      },
      remotes: { endpoints: [endpoint] },
    },
  };
}

async function rolledOut(controlPlane: ControlPlane): Promise<void> {
  const deployment = `deployment/${releaseName}`;
  await controlPlane.kubectl(['-n', releaseNamespace, 'rollout', 'status', deployment, '--timeout=5m'], {
    check: true,
  });
  await eventually('the leaving replicas are gone', async () => {
    const { stdout } = await controlPlane.kubectl(['-n', releaseNamespace, 'get', 'pods', '-o', 'json'], {
      check: true,
    });
    return JSON.parse(stdout).items.every(
      (pod: { metadata: { deletionTimestamp?: string } }) => !pod.metadata.deletionTimestamp,
    );
  });
}
