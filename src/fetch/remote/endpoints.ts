/** Which object stores a repository may send this pod to: the cloud's own and those the admin listed, nothing else. */
import { plainAddress } from './address.ts';

/**
 * S3's own hosts, in every partition. Only these: the domains are Amazon's, but below them lie its customers' machines
 * and programs too (ec2, elb, execute-api, VPC endpoints with private addresses), and other services of the account.
 * Source: AWS General Reference, "Amazon Simple Storage Service endpoints and quotas".
 */
const s3Host = (() => {
  const region = '[a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]{1,2}'; // us-east-1, us-gov-west-1, eusc-de-east-1
  const services = [
    `s3(?:-fips)?(?:\\.dualstack)?(?:\\.${region})?`,
    `s3-(?:${region}|external-1)`, // of old
    's3-accelerate(?:\\.dualstack)?',
    `s3-accesspoint(?:-fips)?(?:\\.dualstack)?\\.${region}`,
  ];
  const bucket = '(?:[a-z0-9][a-z0-9-]*\\.)*';
  return new RegExp(`^${bucket}(?:${services.join('|')})\\.(?:amazonaws\\.com(?:\\.cn)?|amazonaws\\.eu)$`);
})();

/**
 * Why an endpoint may not be used, or null if it may. An entry of `allowed` is an origin (`https://minio:9000`) or a
 * host with or without a port. What is not listed must be S3's own host over https: link-local addresses give out
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
  if (!plainAddress('https?').test(endpoint)) return 'is not written as every program reads it: https://host[:port]';
  if (allowed.some((entry) => matches(url, entry))) return null;
  if (s3Host.test(url.hostname) && url.protocol === 'https:' && url.port === '') return null;
  return `is not allowed: ask an admin to add ${url.origin} to remotes.endpoints (--allow-endpoint)`;
}

function matches(url: URL, entry: string): boolean {
  if (entry.includes('://')) return URL.canParse(entry) && new URL(entry).origin === url.origin;
  const host = entry.toLowerCase();
  return host === url.host || host === url.hostname;
}
