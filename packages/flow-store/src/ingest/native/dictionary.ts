import type { NativeWriter } from "./writer";

/** How a block says what comes for a column of LowCardinality: keys of its own, of which none were sent before. */
const KEY_VERSION = 1;
const OWN_KEYS = (1 << 9) | (1 << 10);

/** The distinct texts of a column of LowCardinality(String), in the order in which they were first seen. */
export class Dictionary {
  readonly #indices = new Map<string, number>();

  /** The text's place among the keys; it becomes one if it is none. */
  indexOf(text: string): number {
    const known = this.#indices.get(text);
    if (known !== undefined) return known;
    const index = this.#indices.size;
    this.#indices.set(text, index);
    return index;
  }

  /** Writes what stands before the data of a column, and before the offsets of an array's. */
  static writeVersion(out: NativeWriter): void {
    out.uint64(KEY_VERSION);
  }

  /** Writes the keys and then, for each value, the place of its key, as narrow as the number of keys allows. */
  write(out: NativeWriter, indices: Uint32Array): void {
    // Where there are no values, the engine reads neither keys nor their number.
    if (indices.length === 0) return;
    const size = this.#indices.size;
    const width = size <= 0x100 ? 0 : size <= 0x1_0000 ? 1 : 2;
    out.uint64(OWN_KEYS | width);
    out.uint64(size);
    for (const text of this.#indices.keys()) out.string(text);
    out.uint64(indices.length);
    out.values(width === 0 ? new Uint8Array(indices) : width === 1 ? new Uint16Array(indices) : indices);
  }
}
