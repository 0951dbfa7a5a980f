/** Asks the API server whether tests may begin. */
import { request } from 'node:https';
import { ApiException, CoreV1Api, type KubeConfig } from '@kubernetes/client-node';

/** Whether `/readyz` answers 200; false also while nothing listens yet. */
export async function isServing(config: KubeConfig): Promise<boolean> {
  const options = {};
  await config.applyToHTTPSOptions(options);
  const url = `${config.getCurrentCluster()?.server}/readyz`;
  return new Promise((resolve) => {
    const call = request(url, { ...options, agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}

/** Whether the controllers work: without its ServiceAccount `default`, a namespace can have no pod. */
export async function hasDefaultServiceAccount(config: KubeConfig): Promise<boolean> {
  try {
    await config.makeApiClient(CoreV1Api).readNamespacedServiceAccount({ name: 'default', namespace: 'default' });
    return true;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return false;
    throw error;
  }
}
