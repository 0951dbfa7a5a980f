/** What most tests against the API server begin with: a control plane, and the webhook registered with it. */
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { makeNamespace, podNaming, reference } from '../cluster/objects.ts';
import { eventually } from '../eventually.ts';
import { register } from './registration.ts';
import { clientWith } from './rights.ts';
import { startWebhookProcess, type WebhookProcess, type WebhookProcessOptions } from './webhook-process.ts';

export interface ApiTest extends AsyncDisposable {
  controlPlane: ControlPlane;
  core: CoreV1Api;
  /** The webhook's own client, with its least rights. */
  rights: KubeConfig;
  /** Starts a webhook, waits until it is ready and registers it in place of the one before. */
  serve(options?: Partial<WebhookProcessOptions>): Promise<WebhookProcess>;
}

export async function startApiTest(): Promise<ApiTest> {
  const controlPlane = await startControlPlane();
  const rights = await clientWith(controlPlane);
  const processes: WebhookProcess[] = [];
  return {
    controlPlane,
    core: controlPlane.config.makeApiClient(CoreV1Api),
    rights,
    async serve(options = {}) {
      const webhook = await startWebhookProcess({ kubeConfig: rights, ...options });
      processes.push(webhook);
      await webhook.ready();
      await register(controlPlane.config, webhook);
      await untilCalled(controlPlane.config, webhook);
      return webhook;
    },
    async [Symbol.asyncDispose]() {
      for (const webhook of processes) await webhook.kill();
      await controlPlane.stop();
    },
  };
}

/** The API server takes a moment to act on a new registration. */
export async function untilCalled(config: KubeConfig, webhook: WebhookProcess): Promise<void> {
  const namespace = await makeNamespace(config);
  const core = config.makeApiClient(CoreV1Api);
  const before = await webhook.reviews();
  await eventually('the API server calls the webhook', async () => {
    await core.createNamespacedPod({ namespace, body: podNaming(reference), dryRun: 'All' }).catch(() => {});
    return (await webhook.reviews()) > before;
  });
}
