/** A second mutating webhook, as clusters have: it answers with the patch that a function makes of the pod. */
import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
import { AdmissionregistrationV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { makeServingCertificate } from '../../../src/tls/make.ts';
import { listenOnLoopback } from '../servers/loopback.ts';
import { registeredWebhook } from './registration.ts';

export interface OtherWebhook extends AsyncDisposable {
  url: string;
  ca: string;
  /** How often it was called. */
  calls: number;
}

export async function startOtherWebhook(change: (pod: V1Pod) => Operation[]): Promise<OtherWebhook> {
  const { ca, cert, key } = await makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1'] });
  const server = createServer({ cert, key }, async (request, response) => {
    const review = (await json(request)) as { request: { uid: string; object: V1Pod } };
    webhook.calls += 1;
    const patch = Buffer.from(JSON.stringify(change(review.request.object))).toString('base64');
    const answer = { uid: review.request.uid, allowed: true, patchType: 'JSONPatch', patch };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
  });
  const port = await listenOnLoopback(server);
  const webhook: OtherWebhook = {
    url: `https://127.0.0.1:${port}`,
    ca,
    calls: 0,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  return webhook;
}

/** When it is called: webhooks are in the order of their configurations' names, ours being dvc-injector. */
export interface Turn {
  name: string;
  /** IfNeeded: once more where another one changed the pod after it. */
  reinvocationPolicy: 'Never' | 'IfNeeded';
}

/** Registers it for the pods that ours is called for, until the end of the block. */
export async function registerOther(config: KubeConfig, webhook: OtherWebhook, turn: Turn): Promise<AsyncDisposable> {
  const { name, reinvocationPolicy } = turn;
  const registrations = config.makeApiClient(AdmissionregistrationV1Api);
  const clientConfig = { url: webhook.url, caBundle: Buffer.from(webhook.ca).toString('base64') };
  const webhooks = [{ ...registeredWebhook(clientConfig), name: 'other.example.com', reinvocationPolicy }];
  await registrations.createMutatingWebhookConfiguration({ body: { metadata: { name }, webhooks } });
  return {
    async [Symbol.asyncDispose]() {
      await registrations.deleteMutatingWebhookConfiguration({ name });
    },
  };
}
