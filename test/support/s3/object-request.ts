/** Tells the requests for a dataset's bytes from the others that reach an S3 server. */

/** Whether this reads a file's object; the list of a folder ends with `.dir`. */
export function isObjectRequest({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'GET' && /\/[0-9a-f]{2}\/[0-9a-f]{30}$/.test(path);
}
