/** Writes the authorities into the MutatingWebhookConfiguration again, after an upgrade or a GitOps tool has removed them. */
import type { X509Certificate } from 'node:crypto';
import {
  AdmissionregistrationV1Api,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1MutatingWebhookConfiguration,
} from '@kubernetes/client-node';
import { callTimeout, withTimeout } from '../kubernetes/call-options.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { bundleHas, bundleMustChange } from './bundle.ts';

/** True if every webhook of the configuration trusts this authority. */
export function trusts(configuration: V1MutatingWebhookConfiguration, authority: X509Certificate): boolean {
  const bundles = bundlesOf(configuration);
  return bundles.length > 0 && bundles.every((bundle) => bundleHas(bundle, authority));
}

/**
 * Writes the authorities into every webhook of the configuration that doesn't have them; returns why, or null where nothing
 * had to be written or another replica was quicker.
 * @throws ApiException or a connection's error
 */
export async function repairBundle(
  kubeConfig: KubeConfig,
  configuration: V1MutatingWebhookConfiguration,
  authorities: readonly X509Certificate[],
  now: Date,
): Promise<string | null> {
  const changes = bundlesOf(configuration).flatMap((present, index) => {
    const change = bundleMustChange(present, authorities, now);
    return change ? [{ ...change, index }] : [];
  });
  const [first] = changes;
  if (!first) return null;
  // A JSON patch touches nothing else, whatever fields this client doesn't know; the test makes it fail when the
  // configuration was changed meanwhile, as the indexes may mean other webhooks then.
  const body = [
    { op: 'test', path: '/metadata/resourceVersion', value: configuration.metadata?.resourceVersion },
    ...changes.map(({ index, bundle }) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: Buffer.from(bundle).toString('base64'),
    })),
  ];
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  try {
    await api.patchMutatingWebhookConfiguration(
      { name: configuration.metadata?.name ?? '', body },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch, withTimeout(callTimeout)),
    );
    return first.why;
  } catch (error) {
    const failure = apiFailure(error);
    // 422 is the answer of a JSON patch whose test fails; the informer will show the newer configuration.
    if (failure.kind === 'conflict' || failure.code === 422) return null;
    throw error;
  }
}

function bundlesOf(configuration: V1MutatingWebhookConfiguration): string[] {
  return (configuration.webhooks ?? []).map(({ clientConfig }) =>
    Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString('utf8'),
  );
}
