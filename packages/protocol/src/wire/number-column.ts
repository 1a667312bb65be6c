import { unpackUint32, unpackUint64 } from "./unpack";
import { WIRE, WireError, type WireReader } from "./wire-reader";

type ColumnArray = Uint32Array | Float64Array | BigUint64Array;

/** Where a column's numbers go: an array that grows, up to `limit` of them. */
class Room<A extends ColumnArray> {
  readonly #make: (length: number) => A;
  readonly #limit: number;
  array: A;
  length = 0;

  constructor(make: (length: number) => A, limit: number) {
    this.#make = make;
    this.#limit = limit;
    this.array = make(0);
  }

  /** Makes room for more numbers and gives where the first of them goes; throws RangeError beyond the limit. */
  take(count: number): number {
    const from = this.length;
    this.length += count;
    if (this.length > this.#limit) throw new RangeError(`a column has more than ${this.#limit} numbers`);
    if (this.length > this.array.length) {
      const larger = this.#make(from === 0 ? count : Math.min(this.#limit, Math.max(this.length, 2 * from)));
      (larger as Uint32Array).set(this.array as Uint32Array);
      this.array = larger;
    }
    return from;
  }

  values(): A {
    return this.array.subarray(0, this.length) as A;
  }
}

/** A repeated number of a message, whether it comes packed or one by one. */
export interface NumberColumn<A extends ColumnArray> {
  /** Reads the field whose tag was read last. */
  read(reader: WireReader): void;
  /** The numbers read so far. */
  values(): A;
}

function packedCount({ bytes, at, end }: WireReader): number {
  let count = 0;
  for (let each = at; each < end; each += 1) count += (bytes[each] ?? 0) < 0x80 ? 1 : 0;
  if (end > at && (bytes[end - 1] ?? 0) >= 0x80) throw new WireError("a number is cut off");
  return count;
}

/** `repeated uint32`. */
export function uint32Column(limit: number): NumberColumn<Uint32Array> {
  const room = new Room((length) => new Uint32Array(length), limit);
  return {
    values: () => room.values(),
    read: (reader) => {
      if (reader.kind === WIRE.varint) {
        const from = room.take(1);
        room.array[from] = reader.uint32();
      } else if (reader.kind === WIRE.bytes) {
        const span = reader.span();
        const from = room.take(packedCount(span));
        unpackUint32(span, room.array, from);
      } else throw new WireError(`field ${reader.field} is not of numbers`);
    },
  };
}

/** `repeated uint64`, each as the nearest number that there is. */
export function uint64Column(limit: number): NumberColumn<Float64Array> {
  const room = new Room((length) => new Float64Array(length), limit);
  return {
    values: () => room.values(),
    read: (reader) => {
      if (reader.kind === WIRE.varint) {
        const from = room.take(1);
        room.array[from] = reader.uint64();
      } else if (reader.kind === WIRE.bytes) {
        const span = reader.span();
        const from = room.take(packedCount(span));
        unpackUint64(span, room.array, from);
      } else throw new WireError(`field ${reader.field} is not of numbers`);
    },
  };
}

/** `repeated fixed64`, to the last bit. */
export function fixed64Column(limit: number): NumberColumn<BigUint64Array> {
  const room = new Room((length) => new BigUint64Array(length), limit);
  // As it lies in memory: protobuf is little endian, and so is every machine that this runs on.
  const append = (bytes: Uint8Array) => {
    const from = room.take(bytes.length / 8);
    new Uint8Array(room.array.buffer, 8 * from, bytes.length).set(bytes);
  };
  return {
    values: () => room.values(),
    read: (reader) => {
      if (reader.kind === WIRE.fixed64) {
        const start = reader.fixed(8);
        append(reader.bytes.subarray(start, start + 8));
      } else if (reader.kind === WIRE.bytes) {
        const packed = reader.span().rest();
        if (packed.length % 8 !== 0) throw new WireError("a fixed number is cut off");
        append(packed);
      } else throw new WireError(`field ${reader.field} is not of fixed numbers`);
    },
  };
}
