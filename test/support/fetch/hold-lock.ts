/** Takes the lock on the file named as argument, says so, and waits to be killed. */
import { tryLock } from '../../../src/fetch/files/flock.ts';

const lock = await tryLock(process.argv[2] ?? '');
process.stdout.write(lock ? 'locked\n' : 'refused\n');
if (lock) setInterval(() => {}, 60_000);
