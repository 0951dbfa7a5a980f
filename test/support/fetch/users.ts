/** Several users on one volume: real ones where the tests run as root, else those of /etc/subuid in a user namespace. */
import { dirname } from 'node:path';
import { execa } from 'execa';
import type { Place } from './fetcher.ts';

/** Lets other users work in a place; on disposal all of it belongs to the test's user again. */
export interface Users extends AsyncDisposable {
  /** Stands in front of a program to run it as this user and group. */
  as(uid: number, gid: number): string[];
  /** Gives the volume to a user and group, and lets everybody use the scratch, as for a pod's own volumes. */
  openTo(uid: number, gid: number): Promise<void>;
  /** Runs a program that may do everything to everybody's files. */
  asAdmin(program: string, ...args: string[]): Promise<void>;
}

const admin = process.getuid?.() === 0 ? [] : ['unshare', '--user', '--map-root-user', '--map-auto', '--'];

/**
 * A user that may read and enter everything, as the programs lie in the home of whoever runs the tests, but that may
 * write and link only what its user and group allow.
 */
function as(uid: number, gid: number): string[] {
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const capability = '+dac_read_search';
  return [...admin, 'setpriv', ...ids, '--inh-caps', capability, '--ambient-caps', capability];
}

async function run(command: readonly string[]): Promise<void> {
  const [program = '', ...args] = command;
  await execa(program, args);
}

/** @throws {Error} that says what is missing where this machine has no second user for us */
export async function makeUsers(place: Place): Promise<Users> {
  const folder = dirname(place.volume);
  await run([...as(1001, 2000), 'true']).catch((cause) => {
    throw new Error(
      'this test needs two users: run it as root, or give this user a range in /etc/subuid and /etc/subgid and install newuidmap (package uidmap) and util-linux 2.38 or newer',
      { cause },
    );
  });
  const asAdmin = (...command: [string, ...string[]]) => run([...admin, ...command]);
  return {
    as,
    asAdmin,
    async openTo(uid, gid) {
      await asAdmin('chmod', '755', folder);
      await asAdmin('chmod', '1777', place.scratch);
      await asAdmin('chown', `${uid}:${gid}`, place.volume);
      await asAdmin('chmod', '2775', place.volume);
    },
    async [Symbol.asyncDispose]() {
      await asAdmin('chown', '-R', '0:0', folder);
    },
  };
}
