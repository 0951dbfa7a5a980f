/** The interface that every source of the serving certificate has, whatever its TLS mode. */

/** A running source; it hands out certificates by a callback that it was started with. */
export interface CertificateSource {
  /** What is missing before the API server can trust the certificate, as one line; null when nothing is. */
  missing(): string | null;
  stop(): void;
}

/** What is logged of a certificate that is served from now on. */
export interface ServedCertificate {
  expires: Date;
}
