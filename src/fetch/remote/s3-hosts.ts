/** Amazon's own hosts of S3, which a repository may name without the admin's list. */

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

/** True for a host name, in lower case, of S3 itself. */
export function isS3Host(host: string): boolean {
  return s3Host.test(host);
}
