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

const quantityAdvice = 'must be a Kubernetes quantity greater than 0, such as "1", "500m" or 10Gi';
/** A quantity as text, whether it was written as text or as a number. */
export const quantity = z
  .union([z.string(), z.number()], quantityAdvice)
  .transform(String)
  .refine((text) => (quantityValue(text) ?? 0) > 0, quantityAdvice);
