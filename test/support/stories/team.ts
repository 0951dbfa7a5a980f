/** A namespace of people who train: opted in, with a volume, the Secrets and the authority that the fetcher needs. */
import { BatchV1Api, CoreV1Api, type V1Job, type V1Pod } from '@kubernetes/client-node';
import { optInLabel } from '../../../src/config/opt-in.ts';
import { eventually } from '../eventually.ts';
import { madeForStories } from './remains.ts';
import { type Stage, theStage } from './stage.ts';

export interface Team {
  namespace: string;
  core: CoreV1Api;
  batch: BatchV1Api;
  /** kubectl in this namespace. */
  kubectl: Stage['controlPlane']['kubectl'];
  createPod(body: V1Pod): Promise<V1Pod>;
  createJob(body: V1Job): Promise<V1Job>;
  readPod(name: string): Promise<V1Pod>;
  /** All pods that match a label selector. */
  pods(selector: string): Promise<V1Pod[]>;
  logs(pod: string, container: string): Promise<string>;
  /** Makes the Secret for git, or the one for the DVC remote. */
  createGitSecret(): Promise<void>;
  createRemoteSecret(): Promise<void>;
  /** Deletes what runs in it; the rest stays to be looked at. */
  end(): Promise<void>;
}

export interface TeamOptions {
  optedIn?: boolean;
  /** Further labels of the namespace. */
  labels?: Record<string, string>;
  /** Whose the volume's folder is, and its mode. */
  volume?: { owner: number; mode: string };
  secrets?: boolean;
}

/** Makes the namespace, whose name begins with `name`. */
export async function makeTeam(name: string, options: TeamOptions = {}): Promise<Team> {
  const { optedIn = true, labels = {}, secrets = true } = options;
  const { controlPlane, volumes, sources } = theStage();
  const core = controlPlane.config.makeApiClient(CoreV1Api);
  const batch = controlPlane.config.makeApiClient(BatchV1Api);
  const optIn = optedIn ? { [optInLabel.key]: optInLabel.value } : {};
  const made = await core.createNamespace({
    body: { metadata: { generateName: `${name}-`, labels: { ...madeForStories, ...optIn, ...labels } } },
  });
  const namespace = made.metadata?.name ?? '';
  await volumes.make(namespace, options.volume);
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'private-ca' }, data: { 'ca.crt': sources.authority } },
  });
  const createSecret = async (secret: string, type: string, stringData: Record<string, string>) => {
    await core.createNamespacedSecret({ namespace, body: { metadata: { name: secret }, type, stringData } });
  };
  const team: Team = {
    namespace,
    core,
    batch,
    kubectl: (args, more) => controlPlane.kubectl(['--namespace', namespace, ...args], more),
    createPod: (body) => core.createNamespacedPod({ namespace, body }),
    createJob: (body) => batch.createNamespacedJob({ namespace, body }),
    readPod: (pod) => core.readNamespacedPod({ namespace, name: pod }),
    pods: async (labelSelector) => (await core.listNamespacedPod({ namespace, labelSelector })).items,
    logs: (pod, container) => core.readNamespacedPodLog({ namespace, name: pod, container }),
    createGitSecret: () => createSecret('dvc-git-credentials', 'kubernetes.io/basic-auth', { ...sources.gitLogin }),
    createRemoteSecret: () => createSecret('dvc-remote-credentials', 'Opaque', { ...sources.remoteCredentials }),
    async end() {
      await controlPlane.kubectl(
        ['-n', namespace, 'delete', 'deployments,jobs', '--all', '--cascade=orphan', '--wait=false'],
        { check: true },
      );
      const running = '--field-selector=status.phase!=Succeeded,status.phase!=Failed';
      await controlPlane.kubectl(['-n', namespace, 'delete', 'replicasets', '--all', '--cascade=orphan'], {
        check: true,
      });
      await controlPlane.kubectl(['-n', namespace, 'delete', 'pods', running, '--grace-period=1', '--wait=false'], {
        check: true,
      });
    },
  };
  if (secrets) {
    await team.createGitSecret();
    await team.createRemoteSecret();
  }
  await eventually('the ServiceAccount of a new namespace', () =>
    core.readNamespacedServiceAccount({ name: 'default', namespace }),
  );
  return team;
}
