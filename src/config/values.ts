/** Schemas of values that several sections of the configuration have. */
import { z } from 'zod';
import { hostForm, longestObjectName, objectNameForm } from '../dns-names.ts';
import { quantityValue } from './quantity.ts';

/** The name of a Kubernetes object. */
export const dnsName = z
  .string()
  .max(longestObjectName)
  .regex(objectNameForm, 'must be the name of a Kubernetes object: lower-case letters, digits, "-" and "."');

/** The server of a DVC remote: an origin, or a host that may be asked by https and ssh only. What each stands for: allowed-servers.ts. */
export const endpointForm = (() => {
  const host = `${hostForm}(?::[0-9]{1,5})?`;
  return new RegExp(`^(?:(?:https?|ssh|webdavs?)://${host}/?|${host})$`);
})();
export const endpointAdvice =
  'must be an origin such as https://minio.example.com:9000 or ssh://files.example.com, or a host with or without a port';

/**
 * Where a remote of the admin's may lie: a bucket, or a folder of a server. No login but ssh's user, no query, nothing that
 * Kubernetes or DVC would expand. The fetcher judges it again by src/fetch/remote/types.ts.
 */
export const remoteUrlForm = (() => {
  const segment = '[^/?#\\s\\\\"\'$%]+';
  const bucket = `(?:s3|gs|azure)://[A-Za-z0-9][A-Za-z0-9._-]{1,253}(?:/${segment})*/?`;
  const server = `(?:(?:https?|webdavs?|webhdfs)://|ssh://(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?)${hostForm}(?::[0-9]{1,5})?(?:/${segment})*/?`;
  return new RegExp(`^(?:${bucket}|${server})$`);
})();
export const remoteUrlAdvice =
  'must be the url of a DVC remote such as s3://datasets/images or ssh://robot@files.example.com/dvc, without a password, a query or $ and %';

export const regionForm = /^[a-z0-9-]{1,32}$/;
export const regionAdvice = 'must be a region such as eu-central-1';

/** The server of a bucket. */
export const cloudEndpointForm = new RegExp(`^https?://${hostForm}(?::[0-9]{1,5})?/?$`);
export const cloudEndpointAdvice = 'must be an origin such as https://minio.example.com:9000';

const quantityAdvice = 'must be a Kubernetes quantity greater than 0, such as "1", "500m" or 10Gi';
/** A quantity as text, whether it was written as text or as a number. */
export const quantity = z
  .union([z.string(), z.number()], quantityAdvice)
  .transform(String)
  .refine((text) => (quantityValue(text) ?? 0) > 0, quantityAdvice);
