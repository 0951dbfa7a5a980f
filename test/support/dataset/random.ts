/** Numbers and bytes that look random and are the same in every run, on every machine. */
import { createCipheriv, createHash } from 'node:crypto';

/** Returns a generator of numbers in [0, 1): mulberry32, which is enough for sizes and samples. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers from 0 to `count` - 1 in some order (Fisher–Yates). */
export function shuffled(count: number, random: () => number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [numbers[last], numbers[other]] = [numbers[other] as number, numbers[last] as number];
  }
  return numbers;
}

/** A number whose logarithm is normally distributed (Box–Muller); `spread` is the logarithm's standard deviation. */
export function logNormal(mean: number, spread: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(Math.log(mean) - spread ** 2 / 2 + spread * normal);
}

/** Bytes that don't compress, like the images that they stand for. */
export function contentOf(number: number, version: number, size: number, seed: number): Buffer {
  const key = createHash('md5').update(`${seed} ${number} ${version}`).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
