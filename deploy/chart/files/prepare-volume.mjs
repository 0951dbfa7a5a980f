// Gives one folder of a file system to the fetcher's user. Only the folder itself: what lies in it is somebody's data.
import { chmod, lchown, lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

const mode = 0o2775;
const owner = Number(process.env.OWNER);
const group = Number(process.env.GROUP);
const folder = join(process.env.VOLUME, process.env.FOLDER);
const noFolder = 'something that is no folder is in the way: move it, or name another folder';
const words = {
  EEXIST: noFolder,
  ENOTDIR: noFolder,
  EPERM: 'root may not change it: is root squashed by an IAM policy or access point of the file system?',
};
try {
  await mkdir(folder, { recursive: true });
  const before = await lstat(folder);
  if (!before.isDirectory()) throw new Error(noFolder); // a link, which mkdir follows
  if (before.uid === owner && before.gid === group && (before.mode & 0o7777) === mode) {
    console.log(`${process.env.FOLDER} is ${owner}:${group} already`);
  } else {
    await lchown(folder, owner, group);
    await chmod(folder, mode);
    console.log(`${process.env.FOLDER} was ${before.uid}:${before.gid} and is ${owner}:${group} now`);
  }
} catch (error) {
  console.error(`${process.env.FOLDER} can't be prepared: ${words[error.code] ?? error.message}`);
  process.exit(1);
}
