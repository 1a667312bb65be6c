import { flowKeyText, type HashedFlowRow } from "@isthmus/protocol";
import type { Steps } from "@isthmus/std";

const ROWS_A_STEP = 1_000;

/** The rows of one bucket, each key once: what comes of a key again is added to it. */
export class BucketRows {
  /** By hash; a key whose hash another has, which may never happen, by its text. */
  readonly #rows = new Map<bigint | string, HashedFlowRow>();

  add(row: HashedFlowRow): void {
    const known = this.#rows.get(row.keyHash);
    if (known === undefined) {
      this.#rows.set(row.keyHash, row);
      return;
    }
    const text = flowKeyText(row);
    if (flowKeyText(known) === text) {
      this.#rows.set(row.keyHash, sum(known, row));
      return;
    }
    const other = this.#rows.get(text);
    this.#rows.set(text, other === undefined ? row : sum(other, row));
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Sorted by the hash of the key; nothing is to be added until the last step. */
  *sorted(): Steps<readonly HashedFlowRow[]> {
    // Numbers of a typed array are sorted without calling back for each pair.
    const hashes = new BigUint64Array(this.#rows.size);
    let taken = 0;
    for (const hash of this.#rows.keys()) {
      if (typeof hash === "string") return this.#sortedWithEqualHashes();
      hashes[taken] = hash;
      taken += 1;
      if (taken % ROWS_A_STEP === 0) yield;
    }
    hashes.sort();
    yield;
    const sorted: HashedFlowRow[] = [];
    for (const hash of hashes) {
      const row = this.#rows.get(hash);
      if (row !== undefined) sorted.push(row);
      if (sorted.length % ROWS_A_STEP === 0) yield;
    }
    return sorted;
  }

  #sortedWithEqualHashes(): readonly HashedFlowRow[] {
    return [...this.#rows.values()].toSorted((a, b) => (a.keyHash < b.keyHash ? -1 : a.keyHash > b.keyHash ? 1 : 0));
  }
}

function sum(a: HashedFlowRow, b: HashedFlowRow): HashedFlowRow {
  return {
    ...b,
    packetsIn: added(a.packetsIn, b.packetsIn),
    packetsOut: added(a.packetsOut, b.packetsOut),
    bytesIn: added(a.bytesIn, b.bytesIn),
    bytesOut: added(a.bytesOut, b.bytesOut),
    connectionsStarted: added(a.connectionsStarted, b.connectionsStarted),
    connectionsCompleted: added(a.connectionsCompleted, b.connectionsCompleted),
    connectionsLive: Math.max(a.connectionsLive, b.connectionsLive),
  };
}

/** A gateway takes no larger count. */
const added = (a: number, b: number): number => Math.min(Number.MAX_SAFE_INTEGER, a + b);
