/** Bytes that are not protobuf's. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Kinds in which protobuf writes a field. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

const MAX_VARINT_BYTES = 10;
const MAX_GROUP_DEPTH = 100;

/** Reads the fields of one protobuf message where they lie, without a copy. Throws WireError. */
export class WireReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Where the next byte is read. */
  at: number;
  /** Number and kind of the field whose tag was read last. */
  field = 0;
  kind = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Reads the next field's tag; false at the message's end. */
  next(): boolean {
    if (this.at === this.end) return false;
    const tag = this.uint32();
    this.field = tag >>> 3;
    this.kind = tag & 7;
    if (this.field === 0) throw new WireError("a field has the number 0");
    return true;
  }

  /** The low 32 bits of a varint. */
  uint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let read = 1; read < MAX_VARINT_BYTES; read += 1) {
      const byte = this.#byte();
      if (read < 5) value |= (byte & 0x7f) << (7 * read);
      if (byte < 0x80) return value >>> 0;
    }
    throw new WireError("a number is longer than ten bytes");
  }

  /** A varint of 64 bits without a sign; above 2^53 it is near the number, and above 2^53 too. */
  uint64(): number {
    let value = 0;
    for (let read = 0, unit = 1; read < MAX_VARINT_BYTES; read += 1, unit *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw new WireError("a number is longer than ten bytes");
  }

  /** Where the bytes of a field that says its length lie; reading goes on after them. */
  span(): WireReader {
    const length = this.uint32();
    const start = this.at;
    if (length > this.end - start) throw new WireError("a field is longer than its message");
    this.at = start + length;
    return new WireReader(this.bytes, start, this.at);
  }

  /** The bytes from here to the end of what this reads. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }

  /** Passes over a fixed number of bytes and says where they began. */
  fixed(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw new WireError("a field is longer than its message");
    this.at = start + length;
    return start;
  }

  /** Passes over the field whose tag was read last. */
  skip(depth = 0): void {
    switch (this.kind) {
      case WIRE.varint:
        return void this.uint64();
      case WIRE.fixed64:
        return void this.fixed(8);
      case WIRE.bytes:
        return void this.fixed(this.uint32());
      case WIRE.fixed32:
        return void this.fixed(4);
      case WIRE.startGroup:
        return this.#skipGroup(this.field, depth + 1);
      default:
        throw new WireError(`a field is of the kind ${this.kind}`);
    }
  }

  #skipGroup(field: number, depth: number): void {
    if (depth > MAX_GROUP_DEPTH) throw new WireError("groups lie too deep in each other");
    while (this.next()) {
      if (this.kind !== WIRE.endGroup) this.skip(depth);
      else if (this.field === field) return;
      else throw new WireError("a group ends that has not begun");
    }
    throw new WireError("a group does not end");
  }

  #byte(): number {
    if (this.at >= this.end) throw new WireError("a number is cut off");
    return this.bytes[this.at++] ?? 0;
  }
}
