/** Opens the source of the serving certificate that the configured TLS mode names. */
import { X509Certificate } from 'node:crypto';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { watchCertificateFiles } from './certificate-files.ts';
import { makeServingCertificate, type Pair } from './make.ts';
import { startSelfSigned } from './self-signed.ts';
import type { CertificateSource, ServedCertificate } from './source.ts';

export interface CertificatesOptions {
  webhook: Config['webhook'];
  kubeConfig: KubeConfig;
  log: Logger;
  /** Called with each certificate that is to be served from now on, the first time before this resolves. */
  onChange: (pair: Pair, expires: Date) => void;
}

/** @throws {InvalidConfig} where the configured files can't be used */
export async function openCertificates({
  webhook,
  kubeConfig,
  log,
  onChange,
}: CertificatesOptions): Promise<CertificateSource> {
  const serve = (pair: Pair): ServedCertificate => {
    const expires = new X509Certificate(pair.cert).validToDate;
    onChange(pair, expires);
    return { expires };
  };
  const { tls } = webhook;
  if (tls.mode !== 'self-signed') {
    return watchCertificateFiles({ certFile: tls.certFile, keyFile: tls.keyFile, log, onChange: serve });
  }
  // Until the authority is known, which needs the API server, health checks are served with a certificate that nobody
  // trusts: without any, the kubelet's probes would fail and it would restart us because the API server is down.
  const { cert, key } = await makeServingCertificate({ names: ['localhost'] });
  onChange({ cert, key }, new Date(0));
  return startSelfSigned({ webhook, kubeConfig, log, onChange: serve });
}
