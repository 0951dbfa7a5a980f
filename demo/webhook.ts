/** Runs the real webhook as a process of its own, and sends it reviews as the API server does. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from 'fast-json-patch';
import { stringify } from 'yaml';
import type { AdmissionReviewAnswer } from '../src/admission/review.ts';
import { makeServingCertificate } from '../src/tls/make.ts';
import type { Tools } from './tools.ts';
import { stopProcess, type Workspace } from './workspace.ts';

export interface Webhook {
  url: string;
  /** Sends the review of a pod's creation; resolves to the answer. */
  review(pod: object, namespace: string): Promise<AdmissionReviewAnswer['response']>;
}

const slowestStart = 30_000;

/** Starts `dvc-injector webhook` on a free port and resolves when it says that it is ready. */
export async function startWebhook(workspace: Workspace, tools: Tools, apiServer: string): Promise<Webhook> {
  const { ca, cert, key } = await makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1'] });
  const file = (name: string, text: string) => {
    writeFileSync(workspace.path(name), text, { mode: 0o600 });
    return workspace.path(name);
  };
  const tls = { mode: 'provided', certFile: file('tls.pem', cert), keyFile: file('tls-key.pem', key) };
  const config = file(
    'config.yaml',
    stringify({
      repositories: { schemes: ['https', 'ssh', 'file'] },
      webhook: { address: '127.0.0.1', port: 0, metricsPort: 0, tls },
    }),
  );
  const kubeconfig = file('kubeconfig', kubeconfigFor(apiServer));
  const child = spawn(tools.command, ['webhook', '--config', config, '--drain', '0s'], {
    env: { PATH: tools.pathWithoutGitAndDvc, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  workspace.atEnd(() => stopProcess(child));
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the webhook ended with exit code ${code}: ${errors.trim()}`);
  });
  const port = await Promise.race([listeningPort(child.stdout), ended]);
  const url = `https://127.0.0.1:${port}`;
  await Promise.race([ready(url, ca), ended]);
  ended.catch(() => {}); // from here on its end is ours
  return { url, review: (pod, namespace) => review(url, ca, pod, namespace) };
}

/** The JSON patch of an answer. */
export function patchOf(answer: AdmissionReviewAnswer['response']): Operation[] {
  if (!answer.allowed) throw new Error(`the webhook denied the pod: ${answer.status?.message}`);
  return JSON.parse(Buffer.from(answer.patch ?? 'W10=', 'base64').toString()) as Operation[];
}

function kubeconfigFor(server: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // Without the second key the client refuses plain HTTP.
    clusters: [{ name: 'demo', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'demo', user: {} }],
    contexts: [{ name: 'demo', context: { cluster: 'demo', user: 'demo' } }],
    'current-context': 'demo',
  });
}

function listeningPort(log: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve) => {
    createInterface(log).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const { msg, port } = JSON.parse(line) as { msg: string; port: number };
      if (msg === 'listening') resolve(port);
    });
  });
}

async function ready(url: string, ca: string): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const { status, body } = await send(`${url}/readyz`, ca);
    if (status === 200) return;
    if (performance.now() - begun > slowestStart) throw new Error(`the webhook does not become ready: ${body}`);
    await sleep(50);
  }
}

async function review(url: string, ca: string, pod: object, namespace: string) {
  const { metadata } = pod as { metadata: { name: string } };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const admissionRequest = {
    uid: randomUUID(),
    kind,
    resource,
    operation: 'CREATE',
    namespace,
    name: metadata.name,
    object: pod,
  };
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: admissionRequest,
  });
  const answer = await send(`${url}/mutate`, ca, body);
  if (answer.status !== 200) throw new Error(`the webhook answers ${answer.status}: ${answer.body}`);
  return (JSON.parse(answer.body) as AdmissionReviewAnswer).response;
}

/** A request that trusts nobody but the demo's own authority, as the API server trusts only its caBundle. */
function send(url: string, ca: string, body?: string): Promise<{ status: number; body: string }> {
  const method = body === undefined ? 'GET' : 'POST';
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers, ca, agent: false }, (response) => {
      text(response).then((received) => resolve({ status: response.statusCode ?? 0, body: received }), reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
