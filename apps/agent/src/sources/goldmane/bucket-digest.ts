import type { FlowCounts, HashedFlowRow } from "@isthmus/protocol";
import type { Steps } from "@isthmus/std";

const ROWS_A_STEP = 1_000;

/** What a bucket said, in 16 bytes a row: enough to tell later which rows say something else. */
export class BucketDigest {
  /** Of a bucket without rows. */
  static readonly empty = new BucketDigest(0);
  readonly #keys: BigUint64Array;
  readonly #counts: Uint32Array;

  private constructor(rows: number) {
    this.#keys = new BigUint64Array(rows);
    this.#counts = new Uint32Array(2 * rows);
  }

  /** `rows` are sorted by the hash of their key. */
  static *of(rows: readonly HashedFlowRow[]): Steps<BucketDigest> {
    const digest = new BucketDigest(rows.length);
    for (const [index, row] of rows.entries()) {
      digest.#keys[index] = row.keyHash;
      digest.#counts[2 * index] = hashOf(row, FIRST_SEED, mixFirst);
      digest.#counts[2 * index + 1] = hashOf(row, SECOND_SEED, mixSecond);
      if (index % ROWS_A_STEP === 0) yield;
    }
    return digest;
  }

  /** The rows that the bucket did not have with these counts. Two keys of one hash are never told to be the same. */
  *differing(rows: readonly HashedFlowRow[]): Steps<readonly HashedFlowRow[]> {
    const differing: HashedFlowRow[] = [];
    for (const [index, row] of rows.entries()) {
      if (!this.#has(row)) differing.push(row);
      if (index % ROWS_A_STEP === 0) yield;
    }
    return differing;
  }

  #has(row: HashedFlowRow): boolean {
    const index = this.#find(row.keyHash);
    if (this.#keys[index] !== row.keyHash || this.#keys[index + 1] === row.keyHash) return false;
    return (
      this.#counts[2 * index] === hashOf(row, FIRST_SEED, mixFirst) &&
      this.#counts[2 * index + 1] === hashOf(row, SECOND_SEED, mixSecond)
    );
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

// A row's counts come to 64 bits: two multiplicative hashes of their halves.

const FIRST_SEED = 0x811c9dc5;
const SECOND_SEED = 0x9e3779b9;

function mixFirst(hash: number, count: number): number {
  const half = Math.imul(hash ^ count, 0x01000193);
  return Math.imul(half ^ (half >>> 15) ^ highOf(count), 0x85ebca6b);
}

function mixSecond(hash: number, count: number): number {
  const half = Math.imul(hash ^ highOf(count) ^ (hash >>> 13), 0xc2b2ae35);
  return Math.imul(half ^ count ^ (half >>> 16), 0x27d4eb2f);
}

const highOf = (count: number): number => count / 2 ** 32;

function hashOf(row: FlowCounts, seed: number, mix: (hash: number, count: number) => number): number {
  let hash = mix(seed, row.packetsIn);
  hash = mix(hash, row.packetsOut);
  hash = mix(hash, row.bytesIn);
  hash = mix(hash, row.bytesOut);
  hash = mix(hash, row.connectionsStarted);
  hash = mix(hash, row.connectionsCompleted);
  return mix(hash, row.connectionsLive) >>> 0;
}
