/** Keeps DVC's HTTP clients at the servers that were allowed: python/dvc_injector_bounds.py says why and how. */
import { listedServers, remoteServer } from '../remote/allowed-servers.ts';
import { type Guard, pythonFile } from './sitecustomize.ts';

/** Each type's library is guarded at the call that every one of its requests goes through, also those after a redirect. */
const programs = {
  http: 'guard_aiohttp.py',
  https: 'guard_aiohttp.py',
  webdav: 'guard_httpx.py',
  webdavs: 'guard_httpx.py',
  webhdfs: 'guard_requests.py',
} as const;

/** A type of remote whose requests can be bounded. */
export type BoundedType = keyof typeof programs;

/** What bounds the requests of such a remote. */
export function requestBounds(
  type: BoundedType,
  settings: Readonly<Record<string, string>>,
  allowed: readonly string[],
): Guard {
  const servers = { own: remoteServer(type, settings), listed: listedServers(allowed) };
  return {
    program: pythonFile(programs[type]),
    parts: [pythonFile('dvc_injector_bounds.py')],
    files: { 'servers.json': JSON.stringify(servers) },
  };
}

/** What stderr says of a request that was refused: the server that it was for. */
export const refusedRequest = /dvc-injector: no request to (https?:\/\/[a-z0-9.:[\]_-]{1,300}), which is not allowed/;
