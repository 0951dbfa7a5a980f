/** A git server that answers honestly until a commit is asked for, and then sends a pack without an end. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';

/** Takes its honest answers from the git server at `origin`. */
export function endlessPack(origin: string): RequestListener {
  return async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (body.includes('command=fetch') && incoming.headers['content-encoding'] === undefined) await sendPack(outgoing);
    else await honest(origin, incoming, body, outgoing);
  };
}

async function honest(
  origin: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<void> {
  const { method, url = '/', headers } = incoming;
  const upstream = request(origin + url, { method, headers });
  upstream.end(body);
  const [response] = (await once(upstream, 'response')) as [IncomingMessage];
  outgoing.writeHead(response.statusCode ?? 502, response.headers);
  response.pipe(outgoing);
}

/** One blob of a tebibyte, in blocks that are stored and not compressed. */
async function sendPack(outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
  outgoing.write(packet(Buffer.from('packfile\n')));
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\x01', 'latin1');
  outgoing.write(band(Buffer.concat([header, blobHeader(2n ** 40n), Buffer.from([0x78, 0x01])])));
  const bytes = randomBytes(60_000);
  const block = Buffer.concat([
    Buffer.from([0, bytes.length & 0xff, bytes.length >> 8]),
    complement(bytes.length),
    bytes,
  ]);
  const piece = band(block);
  outgoing.on('error', () => {});
  while (!outgoing.destroyed) {
    if (outgoing.write(piece)) continue;
    await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')]).catch(() => {});
  }
}

function packet(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data]);
}

/** A packet of the band that carries the pack. */
function band(data: Buffer): Buffer {
  return packet(Buffer.concat([Buffer.from([1]), data]));
}

/** The type and size of a pack's entry: four bits of the size, then seven at a time. */
function blobHeader(size: bigint): Buffer {
  const blob = 3n;
  const bytes = [Number((blob << 4n) | (size & 15n))];
  for (let rest = size >> 4n; rest > 0n; rest >>= 7n) {
    bytes.push((bytes.pop() ?? 0) | 0x80, Number(rest & 127n));
  }
  return Buffer.from(bytes);
}

/** The length's one's complement, as a stored block of deflate has it. */
function complement(length: number): Buffer {
  const inverted = ~length & 0xffff;
  return Buffer.from([inverted & 0xff, inverted >> 8]);
}
