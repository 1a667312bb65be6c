import { WIRE, WireError, type WireReader } from "./wire-reader";

/** Arrays that a column's numbers are read into. */
export type ColumnArray = Uint32Array | Float64Array | BigUint64Array;

/** A repeated number of a message, whether it came packed or one by one; holds at most `limit`. */
export abstract class NumberColumn<A extends ColumnArray> {
  readonly #make: (length: number) => A;
  readonly #limit: number;
  protected array: A;
  protected length = 0;

  protected constructor(make: (length: number) => A, limit: number) {
    this.#make = make;
    this.#limit = limit;
    this.array = make(0);
  }

  /** Reads the field whose tag was read last; throws RangeError beyond the limit. */
  abstract read(reader: WireReader): void;

  /** The numbers read so far. */
  values(): A {
    return this.array.subarray(0, this.length) as A;
  }

  protected grow(count: number): void {
    const needed = this.length + count;
    if (needed > this.#limit) throw new RangeError(`a column has more than ${this.#limit} numbers`);
    if (needed <= this.array.length) return;
    const larger = this.#make(this.length === 0 ? needed : Math.min(this.#limit, Math.max(needed, 2 * this.length)));
    (larger as Uint32Array).set(this.array as Uint32Array);
    this.array = larger;
  }
}

/** Numbers that come as varints. */
abstract class VarintColumn<A extends Uint32Array | Float64Array> extends NumberColumn<A> {
  protected abstract number(reader: WireReader): number;

  read(reader: WireReader): void {
    if (reader.kind === WIRE.bytes) return this.#packed(reader.span());
    if (reader.kind !== WIRE.varint) throw new WireError(`field ${reader.field} is not of numbers`);
    this.grow(1);
    this.array[this.length++] = this.number(reader);
  }

  #packed(span: WireReader): void {
    const { bytes, at, end } = span;
    let count = 0;
    for (let each = at; each < end; each += 1) if ((bytes[each] ?? 0) < 0x80) count += 1;
    this.grow(count);
    while (span.at < end) this.array[this.length++] = this.number(span);
  }
}

/** `repeated uint32`. */
export class Uint32Column extends VarintColumn<Uint32Array> {
  constructor(limit: number) {
    super((length) => new Uint32Array(length), limit);
  }

  protected number(reader: WireReader): number {
    return reader.uint32();
  }
}

/** `repeated uint64`, as the nearest number that there is. */
export class Uint64Column extends VarintColumn<Float64Array> {
  constructor(limit: number) {
    super((length) => new Float64Array(length), limit);
  }

  protected number(reader: WireReader): number {
    return reader.uint64();
  }
}

/** `repeated fixed64`, to the last bit. */
export class Fixed64Column extends NumberColumn<BigUint64Array> {
  constructor(limit: number) {
    super((length) => new BigUint64Array(length), limit);
  }

  read(reader: WireReader): void {
    if (reader.kind === WIRE.fixed64) return this.#append(reader.bytes, reader.fixed(8), 8);
    if (reader.kind !== WIRE.bytes) throw new WireError(`field ${reader.field} is not of fixed numbers`);
    const { bytes, at, end } = reader.span();
    if ((end - at) % 8 !== 0) throw new WireError("a fixed number is cut off");
    this.#append(bytes, at, end - at);
  }

  #append(bytes: Uint8Array, start: number, length: number): void {
    this.grow(length / 8);
    // As it lies in memory: protobuf is little endian, and so is every machine that this runs on.
    const into = new Uint8Array(this.array.buffer, 8 * this.length, length);
    into.set(bytes.subarray(start, start + length));
    this.length += length / 8;
  }
}
