/** Amazon's own hosts, which may be asked without the admin's list: those of S3, and of STS, which gives a role its keys. */

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

const stsHost = new RegExp(`^sts(?:-fips)?(?:\\.${region})?\\.${domain}$`);

/** True for a host name, in lower case, of STS itself. */
export function isStsHost(host: string): boolean {
  return stsHost.test(host);
}
