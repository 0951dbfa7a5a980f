/** Which object stores a repository may send this pod to: the cloud's own and those the admin listed, nothing else. */

/** The cloud's own S3: every partition's domain is Amazon's alone. */
const cloudDomains = ['amazonaws.com', 'amazonaws.com.cn', 'amazonaws.eu'];

/**
 * Why an endpoint may not be used, or null if it may. An entry of `allowed` is an origin (`https://minio:9000`) or a
 * host with or without a port. What is not listed must be the cloud's own over https: link-local addresses give out
 * the node's credentials, and loopback is the pod's neighbours.
 */
export function endpointProblem(endpoint: string, allowed: readonly string[]): string | null {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    return 'is no URL';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http';
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return 'has a login or a query in it';
  }
  if (allowed.some((entry) => matches(url, entry))) return null;
  const own = cloudDomains.some((domain) => url.hostname.endsWith(`.${domain}`));
  if (own && url.protocol === 'https:' && url.port === '') return null;
  return `is not allowed: ask an admin to add ${url.origin} to remotes.endpoints (--allow-endpoint)`;
}

function matches(url: URL, entry: string): boolean {
  if (entry.includes('://')) return URL.canParse(entry) && new URL(entry).origin === url.origin;
  const host = entry.toLowerCase();
  return host === url.host || host === url.hostname;
}
