/** The remote's Secret, mounted: of it come the keys of the reference table and nothing else, as its author's words are data and no environment. */
import { type MountedSecret, readMountedSecret } from '../files/mounted-secret.ts';
import { type RemoteTypeRow, remoteTypes } from './types.ts';

/** The keys of all types, as one Secret may serve several remotes. */
const keys = [...new Set(Object.values<RemoteTypeRow>(remoteTypes).flatMap(({ credentials }) => credentials))];

/** @throws {FetchFailure} `configuration` where it can't be read */
export function readRemoteSecret(folder: string | null): Promise<MountedSecret<string>> {
  return readMountedSecret(folder, keys, "the remote's Secret");
}
