/** The objects of a dataset as files of its remote, to be removed or damaged the way real remotes lose them. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** Undoes a damage. */
export type Restore = () => void;

/** An entry of a `.dir` object, such as `{ relpath: 'a/b.txt', md5: '…' }`. */
export interface DirEntry {
  relpath: string;
  md5: string;
}

/** The path of an object below a remote's or a cache's folder; `oid` is an md5, with `.dir` for a folder's list. */
export function pathOfObject(oid: string): string {
  return join('files', 'md5', oid.slice(0, 2), oid.slice(2));
}

/** Puts bytes, whatever they are, under their md5 into the remote at `directory`; returns the oid. */
export function storeObject(directory: string, bytes: string | Uint8Array, suffix: '' | '.dir' = ''): string {
  const oid = createHash('md5').update(bytes).digest('hex') + suffix;
  const file = join(directory, pathOfObject(oid));
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file)) writeFileSync(file, bytes);
  return oid;
}

/** The oid of the only output of a `.dvc` file, such as `….dir`. */
export function outputOid(dvcFile: string): string {
  return parse(readFileSync(dvcFile, 'utf8')).outs[0].md5;
}

/** Told of each file that was changed, so that an S3 server can take note. */
export type Changed = (file: string) => void;

/** Deletes the object's file. */
export function removeObject(file: string, changed: Changed = () => {}): Restore {
  return damage(file, changed, () => undefined);
}

/** Changes its first byte and keeps its size. Throws where it is empty: no such object can be corrupt. */
export function corruptObject(file: string, changed: Changed = () => {}): Restore {
  return damage(file, changed, (bytes) => {
    if (bytes.length === 0) throw new Error(`${file} is empty, so it can't be corrupted`);
    const corrupt = Buffer.from(bytes);
    corrupt.writeUInt8(corrupt.readUInt8(0) ^ 0xff, 0);
    return corrupt;
  });
}

/** Keeps the first half of its bytes. */
export function truncateObject(file: string, changed: Changed = () => {}): Restore {
  return damage(file, changed, (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)));
}

function damage(file: string, changed: Changed, change: (bytes: Buffer) => Buffer | undefined): Restore {
  const original = readFileSync(file);
  const mode = statSync(file).mode;
  const put = (bytes: Buffer | undefined) => {
    rmSync(file, { force: true }); // a new file: DVC may have hard-linked the old one with a cache
    if (bytes) writeFileSync(file, bytes, { mode });
    changed(file);
  };
  put(change(original));
  return () => put(original);
}
