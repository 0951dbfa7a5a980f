/** Reads JSON that a stranger sent: how deep it is and how much it holds is counted on its bytes, before anything is made of them. */
import { Refusal } from './refusal.ts';

/** Pods nest some twenty levels deep. */
const deepest = 100;

/**
 * Values of all kinds. A real pod has some hundreds; each takes about a hundred bytes of memory and half a microsecond, be it
 * one byte of JSON, and everybody waits for the largest review.
 */
const mostValues = 50_000;

/** Bytes in which there is no room for too much, so that an ordinary review is not counted. */
const harmless = 16 * 1024;

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openMap, closeMap] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The parsed value. Counting takes one look at each byte, as a UTF-8 sequence holds none of ASCII's.
 * @throws {Refusal} without a word of the text, as a pod's environment may stand there
 */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length > harmless) refuseTooMuch(bytes);
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Refusal(400, 'the request is no JSON object');
  }
}

function refuseTooMuch(bytes: Buffer): void {
  let depth = 0;
  let values = 1;
  let inText = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === quote) inText = !inText;
    else if (inText) index += byte === backslash ? 1 : 0;
    else if (byte === comma) values += 1;
    else if (byte === openMap || byte === openList) {
      values += 1;
      depth += 1;
      if (depth > deepest) throw new Refusal(400, `the request is nested deeper than ${deepest} levels, as no pod is`);
    } else if (byte === closeMap || byte === closeList) depth -= 1;
  }
  if (values > mostValues) {
    throw new Refusal(400, `the request holds more than ${mostValues} values, as no pod does`);
  }
}
