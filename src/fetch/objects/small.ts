/** Which objects are held whole in memory: most of a dataset's are, and there each call more takes longer than the bytes. */

/** In bytes. Up to this an object is read at once, hashed at once and written with one call; a larger one in pieces. */
export const smallObject = 1024 * 1024;
