/** Where the slow volume's files and the scratch lie: in memory, so that the machine's own disk has no say in the figures. */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const memory = '/dev/shm';
const enough = 2 * 2 ** 30;

/**
 * The folder of a tmpfs that has 2 GiB to spare, else the one for temporary files. A disk is not only slower: an ext4
 * without a journal looks at every inode that was deleted in the last minutes before it makes a new one (the kernel's
 * `recently_deleted`), which took two thirds of the volume's CPU and differed from run to run.
 */
export function memoryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= enough ? memory : tmpdir();
  } catch {
    return tmpdir(); // no such folder
  }
}
