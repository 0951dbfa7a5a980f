/** Makes DVC check an SSH server's key: python/guard_host_key.py says why and how. */
import { type Guard, pythonFile } from './sitecustomize.ts';

/**
 * What `files` holds: `known_hosts`, and `identity` or `password`. The credentials come by the same way, so that a DVC that reads
 * no PYTHONPATH (a frozen binary) has nothing to log in with and fails, rather than log in to an unchecked server.
 */
export function sshCheck(files: Guard['files']): Guard {
  return { program: pythonFile('guard_host_key.py'), files };
}
