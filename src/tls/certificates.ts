/** Where the serving certificate comes from, by the configured mode. */
import { X509Certificate } from 'node:crypto';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { followCertificateFiles } from './certificate-files.ts';
import { makeServingCertificate, type Pair } from './make.ts';
import { keepSelfSigned } from './self-signed.ts';
import type { Certificates, ServedCertificate } from './source.ts';

export interface CertificatesOptions {
  webhook: Config['webhook'];
  kubeConfig: KubeConfig;
  log: Logger;
  /** Called with each certificate that is to be served from now on, the first time before this resolves. */
  changed: (pair: Pair, expires: Date) => void;
}

/** @throws {InvalidConfig} where the configured files can't be used */
export async function openCertificates({
  webhook,
  kubeConfig,
  log,
  changed,
}: CertificatesOptions): Promise<Certificates> {
  const serve = (pair: Pair): ServedCertificate => {
    const expires = new X509Certificate(pair.cert).validToDate;
    changed(pair, expires);
    return { expires };
  };
  const { tls } = webhook;
  if (tls.mode !== 'self-signed') {
    return followCertificateFiles({ certFile: tls.certFile, keyFile: tls.keyFile, log, changed: serve });
  }
  // Until the authority is known, which takes the API server's answer, health checks are served under a certificate
  // that nobody trusts: without any, the kubelet would see a dead port and restart us for another's outage.
  const { cert, key } = await makeServingCertificate({ names: ['localhost'] });
  changed({ cert, key }, new Date(0));
  return keepSelfSigned({ webhook, kubeConfig, log, changed: serve });
}
