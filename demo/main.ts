/** `npm run demo`: takes one annotated pod all the way, from admission to its training container, on one machine. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '../provision/cache.ts';
import { sampleContents } from '../provision/sample-contents.ts';
import { makeSampleDataset, type SampleDataset } from '../provision/sample-dataset.ts';
import { patched } from '../src/admission/patch.ts';
import { optInLabel } from '../src/config/opt-in.ts';
import { type ClaimEndpoints, startClaimEndpoints } from './claim-endpoints.ts';
import { difference } from './difference.ts';
import { appendedFlags, type InitContainer, type Machine, runInitContainer } from './init-container.ts';
import { type PodManifest, podFor } from './pod.ts';
import { detail, elapsed, heading, paint, proven, say, table } from './screen.ts';
import { findTools, type Tools } from './tools.ts';
import { checkTree, fingerprints, type Mount, showTree } from './training-view.ts';
import { patchOf, startWebhook, type Webhook } from './webhook.ts';
import { inWorkspace, type Workspace } from './workspace.ts';

const namespace = 'vision';
const split = 'train-small';

/** A pod as Kubernetes stores it after the webhook. */
interface InjectedPod extends PodManifest {
  spec: PodManifest['spec'] & {
    initContainers: InitContainer[];
    containers: { name: string; volumeMounts: Mount[]; env: { name: string; value: string }[] }[];
  };
}

async function demo(workspace: Workspace): Promise<void> {
  const begun = performance.now();
  say(paint('bold', 'dvc-injector: one annotation gives a pod its dataset'));
  say(
    'git, DVC, the webhook and the fetcher are real here. The one stand-in is a small HTTP server in this process that',
  );
  say('answers as the Kubernetes API server does, for namespaces and volume claims only; nothing needs a cluster.');
  const tools = await findTools(workspace);

  heading('A team keeps a dataset: pictures in DVC, and lists in git that name subsets of them');
  const dataset = await makeDataset(workspace);

  heading('The webhook starts: dvc-injector webhook');
  const cluster = await startClaimEndpoints(namespace, { [optInLabel.key]: optInLabel.value });
  workspace.atEnd(() => cluster.close());
  const webhook = await startAndShow(workspace, tools, cluster);

  heading('Somebody creates a pod with one annotation, and the webhook answers its AdmissionReview');
  const pod = podFor('train-1', namespace, `${dataset.url}@${dataset.sha}:${split}`);
  const injected = await admit(webhook, pod);
  showClaims(cluster);
  detail('What Kubernetes stores then; every line with a + is the webhook’s:\n');
  detail(await difference(workspace, pod, injected));

  heading('The pod starts: its init container fetches the dataset onto the shared volume');
  const volumes = { volume: workspace.folder('volume'), scratch: workspace.folder('scratch') };
  await startPod(workspace, injected, { PATH: tools.fullPath, ...volumes });

  heading('The training container starts, and this is what it sees');
  lookAround(injected, volumes.volume, dataset);

  heading('Another pod with the same annotation. First, the git repository and the DVC remote are deleted');
  rmSync(fileURLToPath(dataset.url), { recursive: true });
  rmSync(workspace.path('remote'), { recursive: true });
  const second = await admit(webhook, podFor('train-2', namespace, pod.metadata.annotations['dvc.io/dataset'] ?? ''));
  await startAgain(workspace, second, { PATH: tools.pathWithoutGitAndDvc, ...volumes });

  say(`\nThat was all of it, in ${elapsed(begun)}. Only the tools that were installed stay, in ${cacheRoot()}.`);
}

async function makeDataset(workspace: Workspace): Promise<SampleDataset> {
  detail('making it: git init, dvc add, dvc push, git commit …');
  const { files, splits } = sampleContents();
  const remote = { url: workspace.folder('remote') };
  const dataset = await makeSampleDataset(workspace.folder('dataset'), { files, splits, remote });
  const lists = Object.entries(splits).map(([name, list]) => `${name} (${list?.length ?? 0} files)`);
  table({
    repository: dataset.url,
    commit: dataset.sha,
    'data.dvc': `the folder data: ${Object.keys(files).length} pictures, stored in the DVC remote ${remote.url}`,
    'data-split': lists.join(', '),
  });
  return dataset;
}

async function startAndShow(workspace: Workspace, tools: Tools, cluster: ClaimEndpoints): Promise<Webhook> {
  const begun = performance.now();
  const webhook = await startWebhook(workspace, tools, cluster.url);
  table({
    'the stand-in': `${cluster.url}, with the namespace ${namespace} labelled ${optInLabel.key}: ${optInLabel.value}`,
    'the webhook': `${webhook.url}, ready after ${elapsed(begun)}; its certificate is verified`,
  });
  return webhook;
}

function showClaims(cluster: ClaimEndpoints): void {
  for (const { metadata, spec } of cluster.claims()) {
    const size = spec.resources.requests.storage;
    const what = `${metadata.namespace}/${metadata.name} (${size}, ${spec.accessModes.join(', ')})`;
    detail(`claim ${what}: created by the webhook, one for all pods of the namespace`);
  }
}

async function admit(webhook: Webhook, pod: PodManifest): Promise<InjectedPod> {
  const begun = performance.now();
  const answer = await webhook.review(pod, namespace);
  const operations = patchOf(answer);
  detail(`pod ${pod.metadata.name}: allowed, with a patch of ${operations.length} operations, after ${elapsed(begun)}`);
  for (const warning of answer.warnings ?? []) detail(`${paint('yellow', 'Warning:')} ${warning}`);
  return patched(pod, operations) as InjectedPod;
}

async function startPod(workspace: Workspace, pod: InjectedPod, machine: Machine): Promise<void> {
  const begun = performance.now();
  const [container] = pod.spec.initContainers;
  if (!container) throw new Error('the webhook added no init container');
  const flags = appendedFlags(machine).join(' ');
  detail(`$ ${container.command.join(' ')} ${paint('dim', flags)}`);
  detail(paint('dim', '  the injected command and environment; the flags behind it stand for the pod’s volumes'));
  await runInitContainer(workspace, container, machine);
  detail(`exit code 0 after ${elapsed(begun)}`);
}

function lookAround(pod: InjectedPod, volume: string, dataset: SampleDataset): void {
  const [container] = pod.spec.containers;
  const [mount] = container?.volumeMounts ?? [];
  if (!container || !mount) throw new Error('the webhook gave the container no mount');
  for (const { name, value } of container.env) detail(`${name}=${value}`);
  say();
  detail(`${mount.mountPath} is the volume's folder ${mount.subPath}${mount.readOnly ? ', read-only' : ''}:`);
  const root = `${volume}/${mount.subPath}`;
  showTree(root, mount.mountPath);
  say();
  checkTree(root, { workTree: dataset.workTree, split });
}

async function startAgain(workspace: Workspace, pod: InjectedPod, machine: Machine): Promise<void> {
  const before = fingerprints(machine.volume);
  await startPod(workspace, pod, machine);
  if (fingerprints(machine.volume) !== before) throw new Error('the second run wrote to the volume');
  proven('nothing was fetched: the repository and the remote are gone, and neither git nor DVC is on the PATH');
  proven('nothing was written: every file on the volume is the one of the first run');
}

process.exitCode = await inWorkspace(demo);
