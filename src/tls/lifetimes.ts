/** Lifetimes of certificates, and when they are renewed; all in milliseconds. */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The self-signed mode's authority. Its successor is made with a third of this left, and both are trusted until it ends. */
export const authorityLifetime = 365 * day;

/** A replica's serving certificate, in memory only. Renewed with a third of it left. */
export const leafLifetime = 7 * day;

/** A certificate is renewed when this fraction of its lifetime is left. */
export const renewalFraction = 1 / 3;

/** Certificates are valid from a little before they are made, for clients whose clock is behind. */
export const clockSkew = 5 * minute;

/**
 * How long a new authority must have been in the caBundle before a replica serves a certificate of it. Each API server
 * learns of a changed caBundle by its own watch, and until then would refuse the new certificate.
 */
export const bundlePropagation = minute;

/** How often the files of a mounted certificate are read, and how often the self-signed mode checks for expiry. */
export const filePoll = 5_000;
export const clockPoll = minute;
