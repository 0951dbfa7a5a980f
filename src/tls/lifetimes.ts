/** How long certificates live and when they are renewed, all in milliseconds. */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The self-signed mode's authority. Its successor is made with a third of this left, and both are trusted until it ends. */
export const authorityLifetime = 365 * day;

/** A replica's serving certificate, in memory only. Renewed with a third of it left. */
export const leafLifetime = 7 * day;

/** The part of a lifetime that is left when a certificate is renewed. */
export const renewalShare = 1 / 3;

/** Certificates are valid from a little before they are made, for clients whose clock is behind. */
export const clockSkew = 5 * minute;

/**
 * How long a new authority stands in the caBundle before a replica that already serves changes to it. The API servers
 * learn of a changed caBundle by watch, each in its own time; one that hasn't yet would refuse the new certificate.
 */
export const bundleSettles = minute;

/** How often the files of a mounted certificate are looked at, and how often the self-signed mode looks at the clock. */
export const filePoll = 5_000;
export const clockPoll = minute;
