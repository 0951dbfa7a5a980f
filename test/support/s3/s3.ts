/** A real S3 server of a test's own, whose objects are plain files that the test may delete, corrupt or truncate. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { provideVersitygw } from '../../../provision/s3.ts';
import { startComponent, untilReady } from '../process/component.ts';
import { freePort } from '../process/free-port.ts';

/** A running server. */
export interface S3 extends AsyncDisposable {
  /** Its URL, such as `http://127.0.0.1:20123`. */
  readonly endpoint: string;
  /** What a client needs in its environment: the two keys and the region, and nothing else that could answer for them. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder that holds a bucket's objects: the object `a/b` is the file `a/b` in it. */
  directory(bucket: string): string;
  /** Makes an empty bucket unless there is one of this name (3–63 of `a-z0-9.-`); returns its folder. */
  ensureBucket(bucket: string): string;
  /**
   * Makes what the server says of an object agree with its file, at `file`, as if these bytes had been uploaded: the
   * ETag is their md5, and no checksum is kept. Until then clients with checksums (boto's are) see a damaged download.
   */
  adopt(file: string): void;
  /** Ends the server and deletes its objects. */
  stop(): Promise<void>;
}

/**
 * Starts versitygw on a free port of 127.0.0.1 with an empty temporary folder; resolves when it answers. It ends with
 * this process at the latest, however that ends. Throws ComponentFailed, with its log's last lines, if it can't start.
 */
export async function startS3(keys: { accessKey?: string; secretKey?: string } = {}): Promise<S3> {
  const { accessKey = 'test-access-key', secretKey = 'test-secret-key' } = keys;
  const program = await provideVersitygw();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-s3-'));
  const buckets = join(folder, 'buckets');
  const metadata = join(folder, 'metadata'); // beside the objects, because not every /tmp has extended attributes
  for (const each of [buckets, metadata]) mkdirSync(each);
  const address = `127.0.0.1:${await freePort('127.0.0.1')}`;
  const server = ['--port', address, '--access', accessKey, '--secret', secretKey, '--health', '/health'];
  const component = startComponent({
    name: 'versitygw',
    command: [process.execPath, join(import.meta.dirname, '..', '..', '..', 'provision', 'lifeline.ts'), program],
    flags: [...server, '--keep-alive', '--quiet', 'posix', '--sidecar', metadata, buckets],
    logs: folder,
    deletes: folder,
  });
  const stop = async () => {
    await component.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const endpoint = `http://${address}`;
  try {
    await untilReady(component, () => answers(`${endpoint}/health`));
  } catch (error) {
    await stop();
    throw error;
  }
  const directory = (bucket: string) => join(buckets, bucket);
  return {
    endpoint,
    environment: credentials(accessKey, secretKey),
    directory,
    ensureBucket(bucket) {
      if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw new Error(`S3 allows no bucket named ${bucket}`);
      mkdirSync(directory(bucket), { recursive: true });
      return directory(bucket);
    },
    adopt: (file) => adopt(file, join(metadata, relative(buckets, file), 'meta')),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function adopt(file: string, metadata: string): void {
  rmSync(metadata, { recursive: true, force: true });
  if (!existsSync(file)) return;
  mkdirSync(metadata, { recursive: true });
  writeFileSync(join(metadata, 'etag'), `"${createHash('md5').update(readFileSync(file)).digest('hex')}"`);
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined))?.ok ?? false;
}

function credentials(accessKey: string, secretKey: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
