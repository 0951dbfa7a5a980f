/** A lock that ends with this process: util-linux's flock on a descriptor that it holds. Of a dataset only one fetcher has it. */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FetchFailure } from '../failure/fetch-failure.ts';

/** A held lock. The file may be read and rewritten through the handle, but never replaced: the lock is its inode's. */
export interface Lock {
  file: FileHandle;
  release(): Promise<void>;
}

const held = 75;

/**
 * Takes the lock on an existing file, or returns null at once where another process has it. Never waits in the
 * kernel: a blocking NFSv4 lock is polled by the client with pauses of up to 30 s.
 *
 * Node can't lock by itself, so `flock -n 3` does it on our descriptor: the lock belongs to the open file description,
 * which the child shares while it runs and we keep. The kernel drops it when we end in whatever way. Other children
 * never inherit the descriptor, as Node opens files close-on-exec.
 */
export async function tryLock(path: string): Promise<Lock | null> {
  // For writing too, as NFS grants an exclusive lock on no other descriptor; and of the file itself, not of a link's target.
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  let taken = false;
  try {
    const { exitCode, error, stderr } = await flock(file.fd);
    taken = exitCode === 0;
    if (!taken && exitCode !== held) throw flockFailed(path, error, stderr);
  } finally {
    if (!taken) await file.close();
  }
  return taken ? { file, release: () => file.close() } : null;
}

function flock(
  descriptor: number,
): Promise<{ exitCode: number | null; error: NodeJS.ErrnoException | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn('flock', ['-x', '-n', '-E', String(held), '3'], {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', (error) => resolve({ exitCode: null, error, stderr }));
    child.once('close', (exitCode) => resolve({ exitCode, error: null, stderr }));
  });
}

function flockFailed(path: string, error: NodeJS.ErrnoException | null, stderr: string): FetchFailure {
  if (error?.code === 'ENOENT') {
    return new FetchFailure(
      'configuration',
      'flock (util-linux) is not on the PATH: use the fetcher image, or install it',
    );
  }
  const why = error?.message ?? stderr;
  return new FetchFailure(
    'io',
    `${path} can't be locked (${why || 'flock failed'}): the volume must support file locks`,
    {
      cause: error,
    },
  );
}
