/** What every source of the serving certificate is to its user, whichever mode it serves. */

/** The running source of the serving certificate. */
export interface Certificates {
  /** What is missing before the API server could trust us, or null. */
  missing(): string | null;
  stop(): void;
}

/** What was learned of a certificate when it was taken into service. */
export interface ServedCertificate {
  expires: Date;
}
