/** What an object is called and where it lies: DVC 3 and the versions before it differ in both. */
import { createHash } from 'node:crypto';

/** One of DVC's two ways. `oid` is 32 hex digits, or those and `.dir`. */
export interface ObjectNaming {
  /** DVC's own name of the hash. */
  hash: 'md5' | 'md5-dos2unix';
  /** Where the object lies below a remote's url and below a cache folder. */
  path(oid: string): string;
  /** Begins the hash of one object's bytes. */
  digest(): Digest;
}

/** A hash under way. */
export interface Digest {
  update(chunk: Buffer): void;
  /** 32 hex digits; nothing may be added after it. */
  hex(): string;
}

/** DVC 3: the md5 of the bytes. */
export const byContent: ObjectNaming = {
  hash: 'md5',
  path: (oid) => `files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`,
  digest() {
    const hash = createHash('md5');
    return { update: (chunk) => void hash.update(chunk), hex: () => hash.digest('hex') };
  },
};

/** DVC 2: of what looks like text, the md5 with every CRLF read as LF, so that a checkout on Windows is the same. */
export const byText: ObjectNaming = {
  hash: 'md5-dos2unix',
  path: (oid) => `${oid.slice(0, 2)}/${oid.slice(2)}`,
  digest: textDigest,
};

/** The way that DVC calls so. */
export function objectNamingOf(hash: ObjectNaming['hash']): ObjectNaming {
  return hash === 'md5' ? byContent : byText;
}

/** DVC reads and judges a file in pieces of this size (dvc_data/hashfile/hash.py), so its hash depends on it. */
const pieceSize = 2 ** 20;

function textDigest(): Digest {
  const hash = createHash('md5');
  let waiting: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer) => void hash.update(looksLikeText(piece.subarray(0, 512)) ? withUnixEnds(piece) : piece);
  const flush = () => {
    if (length > 0) take(Buffer.concat(waiting, length));
    waiting = [];
    length = 0;
  };
  return {
    update(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + pieceSize - length);
        waiting.push(Buffer.from(part)); // a copy: the caller reads into the same buffer again
        length += part.length;
        at += part.length;
        if (length === pieceSize) flush();
      }
    },
    hex() {
      flush();
      return hash.digest('hex');
    },
  };
}

/** DVC's own rule (dvc_data/hashfile/istextfile.py): no NUL, and at most 30 % of the bytes beyond printable ASCII. */
function looksLikeText(block: Buffer): boolean {
  let others = 0;
  for (const byte of block) {
    if (byte === 0) return false;
    const printable =
      (byte >= 32 && byte < 127) || byte === 8 || byte === 9 || byte === 10 || byte === 12 || byte === 13;
    if (!printable) others += 1;
  }
  return others / block.length <= 0.3;
}

function withUnixEnds(piece: Buffer): Buffer {
  const [cr, lf] = [13, 10];
  const result = Buffer.allocUnsafe(piece.length);
  let length = 0;
  for (let i = 0; i < piece.length; i += 1) {
    if (piece[i] === cr && piece[i + 1] === lf) continue;
    result[length] = piece[i] ?? 0;
    length += 1;
  }
  return result.subarray(0, length);
}
