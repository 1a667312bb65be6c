/** A set of small numbers, 32 to a word. All sets of one index have the same length. */
export type Bits = Uint32Array;

/** An empty set for numbers below `size`. */
export const noBits = (size: number): Bits => new Uint32Array(Math.ceil(size / 32));

/** Adds a number. */
export function addBit(bits: Bits, at: number): void {
  const word = at >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (at & 31));
}

/** Whether a number is in the set. */
export const hasBit = (bits: Bits, at: number): boolean => (((bits[at >>> 5] ?? 0) >>> (at & 31)) & 1) === 1;

/** Whether some number is in all of the sets. */
export function meet(sets: readonly Bits[]): boolean {
  const [first] = sets;
  if (first === undefined) return false;
  for (let word = 0; word < first.length; word += 1) {
    let common = 0xffffffff;
    for (const bits of sets) common &= bits[word] ?? 0;
    if (common !== 0) return true;
  }
  return false;
}
