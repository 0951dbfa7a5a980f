/** Where a DVC remote on S3 really is: the origin, the path and the region that its requests are signed for. */
import { s3HostOf } from '../remote/s3-hosts.ts';

/** The bucket, or the part of one, that objects are read from. */
export interface Bucket {
  /** Such as `https://images.s3.eu-central-1.amazonaws.com`, without a path. */
  origin: string;
  /** What stands before an object's own path, encoded, such as `/bucket/prefix`; empty or beginning with a slash. */
  base: string;
  /** The part of `base` that is the bucket itself, and what of it is the beginning of its keys, as they are written. */
  root: string;
  prefix: string;
  region: string;
  /** Whether requests carry a signature; not for a bucket that is open to all. */
  signed: boolean;
}

/**
 * The bucket of a remote's settings, by the rules of boto, which DVC uses: a named endpoint gets the bucket in the
 * path, the cloud's own in the host name. Null where only DVC can tell (`use_ssl = false`, a partition of its own).
 */
export function bucketOf(
  settings: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Bucket | null {
  const match = /^s3:\/\/([^/]+)(\/.*)?$/.exec(settings.url ?? '');
  const bucket = match?.[1];
  if (bucket === undefined || settings.use_ssl?.toLowerCase() === 'false') return null;
  const folders = (match?.[2] ?? '').split('/').filter(Boolean);
  const place = (rootSegments: readonly string[]) => {
    const root = joined(rootSegments);
    return {
      root,
      base: root + joined(folders.map(encodeSegment)),
      prefix: folders.map((each) => `${each}/`).join(''),
    };
  };
  const region = settings.region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1';
  const signed = settings.allow_anonymous_login?.toLowerCase() !== 'true';
  const named = settings.endpointurl ?? environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  if (named !== undefined && named !== '') {
    const { protocol, origin, pathname } = URL.parse(named) ?? {};
    if (pathname === undefined || origin === undefined || !/^https?:$/.test(protocol ?? '')) return null;
    return { origin, ...place([...pathname.split('/').filter(Boolean), bucket]), region, signed };
  }
  const host = s3HostOf(region);
  if (host === null) return null;
  // A dot in the bucket's name would not be covered by the certificate's wildcard.
  if (bucket.includes('.')) return { origin: `https://${host}`, ...place([bucket]), region, signed };
  return { origin: `https://${bucket}.${host}`, ...place([]), region, signed };
}

function joined(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment}`).join('');
}

/** As the signature wants it: everything but the unreserved characters of RFC 3986. */
export function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
