/** A second mutating webhook, as clusters have: it answers with the patch that a function makes of the pod. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { makeServingCertificate } from '../../src/tls/make.ts';

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
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const webhook: OtherWebhook = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    calls: 0,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  return webhook;
}
