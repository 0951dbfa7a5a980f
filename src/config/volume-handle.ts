/** Parses EFS volume handles as the EFS CSI driver does, and tells whether two of them give access to the same files. */
import { posix } from 'node:path';

/** What a handle names. */
export interface VolumeHandle {
  /** `fs-…` */
  fileSystem: string;
  /** `/` or an absolute path without a slash at its end; within the access point where there is one. */
  path: string;
  /** `fsap-…` */
  accessPoint: string | null;
}

/**
 * `fs-…`, `fs-…:/path`, `fs-…::fsap-…` or `fs-…:/path:fsap-…`, each also with `efs:` in front, as version 3 of the driver
 * writes it. Null for what the driver refuses. Source: parseVolumeId in kubernetes-sigs/aws-efs-csi-driver.
 */
export function parseVolumeHandle(text: string): VolumeHandle | null {
  const fields = text.replace(/^efs:/, '').split(':');
  const [fileSystem = '', path = '', accessPoint = ''] = fields;
  if (fields.length > 3 || !/^fs-[0-9a-f]{8,40}$/.test(fileSystem)) return null;
  if (accessPoint !== '' && !/^fsap-[0-9a-f]{8,40}$/.test(accessPoint)) return null;
  const clean = posix.join('/', path).replace(/(?<=.)\/$/, '');
  return { fileSystem, path: clean, accessPoint: accessPoint === '' ? null : accessPoint };
}

/** What the configuration accepts: one spelling of each handle, so that handles can be compared as text, too. */
export const writtenHandle =
  /^(efs:)?fs-[0-9a-f]{8,40}(:(\/[A-Za-z0-9._~+@=/-]+)?:fsap-[0-9a-f]{8,40}|:\/[A-Za-z0-9._~+@=/-]+)?$/;

/** True where the handle is spelt as `formatVolumeHandle` spells it; `efs:` in front is fine. */
export function isCanonicalHandle(text: string): boolean {
  const handle = parseVolumeHandle(text);
  return handle !== null && formatVolumeHandle(handle) === text.replace(/^efs:/, '');
}

/** The handle's one spelling, in the form that every version of the driver takes. */
export function formatVolumeHandle({ fileSystem, path, accessPoint }: VolumeHandle): string {
  const inner = path === '/' ? '' : path;
  if (accessPoint !== null) return `${fileSystem}:${inner}:${accessPoint}`;
  return inner === '' ? fileSystem : `${fileSystem}:${inner}`;
}

/**
 * True where files that one handle shows are shown by the other, too. Which folder an access point leads to is not known
 * here, so two access points, and an access point beside a folder, count as apart.
 */
export function handlesOverlap(one: VolumeHandle, other: VolumeHandle): boolean {
  if (one.fileSystem !== other.fileSystem) return false;
  const isWhole = (handle: VolumeHandle) => handle.accessPoint === null && handle.path === '/';
  if (isWhole(one) || isWhole(other)) return true;
  return one.accessPoint === other.accessPoint && (within(one.path, other.path) || within(other.path, one.path));
}

function within(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
