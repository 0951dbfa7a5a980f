/**
 * Where releases are published: the one place that names it. The configuration's default, the chart's values and the
 * release's workflow take it from here, and a test holds the pages to it.
 */

/** The registry's host and the organisation there, in which a release has two images and the chart. */
export const registry = 'ghcr.io/dvc-injector';

/** The images by the Dockerfile's targets, without a tag; their tags are versions. */
export const images = {
  webhook: `${registry}/dvc-injector`,
  fetcher: `${registry}/dvc-injector-fetcher`,
} as const;

/** Helm adds the chart's name to it: `helm install NAME oci://<charts>/dvc-injector --version VERSION`. */
export const charts = `${registry}/charts`;
