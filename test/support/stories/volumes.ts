/**
 * The shared volumes, as folders of the node: a hostPath stands in for EFS, on which nothing here depends but that all pods
 * of a namespace see the same files. As on EFS the folder has to belong to the fetchers' user, since fsGroup doesn't apply.
 */
import { CoreV1Api } from '@kubernetes/client-node';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../eventually.ts';
import { trainerImage } from '../images/small.ts';
import { folders } from '../node/layout.ts';
import { madeForStories } from './remains.ts';

const keeper = { namespace: 'default', name: 'e2e-volume-keeper' };

export interface Volumes {
  /** Runs a shell script as root on the node, in the folder of all volumes; returns what it printed. Throws where it fails. */
  run(script: string): Promise<string>;
  /** Makes a folder of this name and a PersistentVolume of it for the namespace's claim. */
  make(namespace: string, how?: { owner: number; mode: string }): Promise<void>;
  /** Deletes all files. */
  empty(): Promise<void>;
}

/** Starts the pod that looks after the folders. */
export async function startVolumes(controlPlane: ControlPlane): Promise<Volumes> {
  const core = controlPlane.config.makeApiClient(CoreV1Api);
  await core.createNamespacedPod({
    namespace: keeper.namespace,
    body: {
      metadata: { name: keeper.name, labels: madeForStories },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'keeper',
            image: trainerImage,
            imagePullPolicy: 'IfNotPresent',
            command: ['sleep', '2147483647'],
            workingDir: '/volumes',
            securityContext: { runAsUser: 0 },
            volumeMounts: [{ name: 'volumes', mountPath: '/volumes' }],
          },
        ],
        volumes: [{ name: 'volumes', hostPath: { path: folders.volumes, type: 'DirectoryOrCreate' } }],
      },
    },
  });
  await eventually(
    'the pod that keeps the volumes runs',
    async () => (await core.readNamespacedPod(keeper)).status?.phase === 'Running',
    300,
  );
  const run = async (script: string) => {
    const exec = ['-n', keeper.namespace, 'exec', keeper.name, '--', 'sh', '-ec', script];
    return (await controlPlane.kubectl(exec, { check: true })).stdout;
  };
  return {
    run,
    async empty() {
      await run('rm -rf -- *');
    },
    async make(namespace, { owner, mode } = { owner: 65532, mode: '2775' }) {
      await run(`mkdir ${namespace}; chown ${owner}:${owner} ${namespace}; chmod ${mode} ${namespace}`);
      await core.createPersistentVolume({
        body: {
          metadata: { name: namespace, labels: madeForStories },
          spec: {
            storageClassName: '',
            capacity: { storage: '10Gi' },
            accessModes: ['ReadWriteMany'],
            persistentVolumeReclaimPolicy: 'Retain',
            claimRef: { namespace, name: 'data-sharing-pvc' },
            hostPath: { path: `${folders.volumes}/${namespace}`, type: 'Directory' },
          },
        },
      });
    },
  };
}
