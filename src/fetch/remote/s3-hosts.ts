/** Amazon's own hosts: which they are, as they may be asked without the admin's list, and which a region's is. */

const region = '[a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]{1,2}'; // us-east-1, us-gov-west-1, eusc-de-east-1
const domain = '(?:amazonaws\\.com(?:\\.cn)?|amazonaws\\.eu)';

/**
 * S3's own hosts, in every partition. Only these: the domains are Amazon's, but below them lie its customers' machines
 * and programs too (ec2, elb, execute-api, VPC endpoints with private addresses), and other services of the account.
 * Source: AWS General Reference, "Amazon Simple Storage Service endpoints and quotas".
 */
const s3Host = (() => {
  const services = [
    `s3(?:-fips)?(?:\\.dualstack)?(?:\\.${region})?`,
    `s3-(?:${region}|external-1)`, // of old
    's3-accelerate(?:\\.dualstack)?',
    `s3-accesspoint(?:-fips)?(?:\\.dualstack)?\\.${region}`,
  ];
  const bucket = '(?:[a-z0-9][a-z0-9-]*\\.)*';
  return new RegExp(`^${bucket}(?:${services.join('|')})\\.${domain}$`);
})();

/** True for a host name, in lower case, of S3 itself. */
export function isS3Host(host: string): boolean {
  return s3Host.test(host);
}

/** The host of S3 in a region; null where it isn't known to whom its hosts belong. */
export function s3HostOf(region: string): string | null {
  if (region.startsWith('cn-')) return `s3.${region}.amazonaws.com.cn`;
  const isKnown = /^(?:af|ap|ca|eu|il|me|mx|sa|us)-/.test(region) && !/-iso/.test(region);
  return isKnown ? `s3.${region}.amazonaws.com` : null;
}

/** S3's own host `host` as it is called in another region; itself where no region is in its name, null where it is none. */
export function s3HostIn(host: string, from: string, to: string): string | null {
  const other = host.replace(new RegExp(`(?<=[.-])${from}(?=\\.amazonaws\\.)`), to);
  return isS3Host(host) && isS3Host(other) ? other : null;
}

const stsHost = new RegExp(`^sts(?:-fips)?(?:\\.${region})?\\.${domain}$`);

/** True for a host name, in lower case, of STS itself. */
export function isStsHost(host: string): boolean {
  return stsHost.test(host);
}
