/** A mount of the slow volume: each is a node of its own, with cold caches, and several may show the same files. */
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { startComponent, untilReady } from '../process/component.ts';

/** A mounted volume. */
export interface Volume extends AsyncDisposable {
  /** Where it is mounted. */
  readonly point: string;
  /** The same files without the slowness, for looking at the result. */
  readonly backing: string;
}

let mounts = 0;

/**
 * Mounts the files of `backing` (made if need be) below the folder `run`. It is unmounted with this process at the
 * latest, however that ends. `flags` are the program's own. Throws ComponentFailed, which says what to install, where
 * FUSE is not to be had.
 */
export async function mountVolume(
  efs: string,
  run: string,
  backing: string,
  flags: readonly string[] = [],
): Promise<Volume> {
  mounts += 1;
  const name = `volume-${mounts}`;
  const point = join(run, name);
  for (const folder of [backing, point]) mkdirSync(folder, { recursive: true });
  const component = startComponent({ name, command: [efs], flags: [...flags, backing, point], logs: run });
  const unmount = async () => {
    await component.stop();
    // It unmounts by itself, unless it was killed: then the mount is there still, and dead.
    if (isMounted(point)) await execa('umount', ['--lazy', point]);
    rmdirSync(point);
  };
  try {
    await untilReady(component, async () => isMounted(point));
  } catch (error) {
    await unmount();
    throw error;
  }
  return { point, backing, [Symbol.asyncDispose]: unmount };
}

function isMounted(point: string): boolean {
  const escaped = point.replaceAll(' ', '\\040');
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${escaped} `);
}
