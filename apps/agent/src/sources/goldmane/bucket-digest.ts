import type { FlowCounts, HashedFlowRow } from "@isthmus/protocol";

/** What a bucket said, in 16 bytes a row: enough to tell later which rows say something else. */
export class BucketDigest {
  readonly #keys: BigUint64Array;
  readonly #counts: Uint32Array;

  /** `rows` are sorted by the hash of their key. */
  constructor(rows: readonly HashedFlowRow[]) {
    this.#keys = new BigUint64Array(rows.length);
    this.#counts = new Uint32Array(2 * rows.length);
    for (const [index, row] of rows.entries()) {
      this.#keys[index] = row.keyHash;
      this.#counts.set(countsHash(row), 2 * index);
    }
  }

  /** True where the bucket had this row with these counts. Two keys of one hash are never told to be the same. */
  has(row: HashedFlowRow): boolean {
    const index = this.#find(row.keyHash);
    if (this.#keys[index] !== row.keyHash || this.#keys[index + 1] === row.keyHash) return false;
    const [a, b] = countsHash(row);
    return this.#counts[2 * index] === a && this.#counts[2 * index + 1] === b;
  }

  /** The first index whose key is not before this one. */
  #find(key: bigint): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? 0n) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** 64 bits of a row's counts: two multiplicative hashes of their halves. */
function countsHash(row: FlowCounts): readonly [number, number] {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  const mix = (count: number): void => {
    const [low, high] = [count >>> 0, (count / 2 ** 32) >>> 0];
    a = Math.imul(a ^ low, 0x01000193);
    a = Math.imul(a ^ (a >>> 15) ^ high, 0x85ebca6b);
    b = Math.imul(b ^ high ^ (b >>> 13), 0xc2b2ae35);
    b = Math.imul(b ^ low ^ (b >>> 16), 0x27d4eb2f);
  };
  mix(row.packetsIn);
  mix(row.packetsOut);
  mix(row.bytesIn);
  mix(row.bytesOut);
  mix(row.connectionsStarted);
  mix(row.connectionsCompleted);
  mix(row.connectionsLive);
  return [a >>> 0, b >>> 0];
}
