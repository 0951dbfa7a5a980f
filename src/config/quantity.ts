/** Parses Kubernetes' resource quantities into numbers, so that they can be compared and summed. */

const scales: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The value of a quantity such as `500m`, `1Gi`, `2e3` or a plain number: cores for cpu, bytes for memory and storage.
 * Null if it is none, or too large to be compared. Source: the serialisation format of resource.Quantity in Kubernetes' apimachinery.
 */
export function quantityValue(written: unknown): number | null {
  if (typeof written === 'number') return Number.isFinite(written) ? written : null;
  if (typeof written !== 'string') return null;
  const match = /^([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([eE][+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(written);
  if (!match) return null;
  const scale = match[2] ? Number(`1${match[2]}`) : scales[match[3] ?? ''];
  const value = scale === undefined ? Number.NaN : Number(match[1]) * scale;
  // 0e999 is no number, and 1e999 more than can be compared.
  return Number.isFinite(value) ? value : null;
}
