import { fromBinary, ScalarType, type DescField, type DescMessage, type MessageShape } from "@bufbuild/protobuf";

/**
 * Messages that a frame from an agent may be made of, fields that this version does not know included. Two bytes make
 * one, of some hundred in memory. Ours have far fewer: a chunk of inventory of 4 MiB about 30,000.
 */
const MAX_MESSAGES = 65_536;

/** Texts, numbers and entries of columns that a frame from an agent may hold; a part of 5,000 flows has 150,000. */
const MAX_VALUES = 1_000_000;

/** Why bytes are not to be read. */
export interface ShapeError {
  readonly code: "frame-malformed" | "frame-too-large";
  readonly message: string;
}

/** Thrown for bytes that are not to be read. */
export class ShapeRefused extends Error {
  readonly why: ShapeError;
  constructor(code: ShapeError["code"], message: string) {
    super(message);
    this.why = { code, message };
  }
}

/**
 * Reads bytes as a message, after it has counted, without making any of it, what that would make: a frame's length bounds
 * neither the memory nor the time that it takes. Throws ShapeRefused.
 */
export function readCounted<D extends DescMessage>(schema: D, bytes: Uint8Array): MessageShape<D> {
  new Walk(bytes).message(schema, bytes.length);
  return fromBinary(schema, bytes);
}

const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

class Walk {
  readonly #bytes: Uint8Array;
  #at = 0;
  #messages = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Walks over a message that ends at `end`. INVARIANT: a schema of the protocol holds itself nowhere, so depth is bounded. */
  message(schema: DescMessage, end: number): void {
    const fields = fieldsOf(schema);
    while (this.#at < end) {
      const tag = this.#varint();
      const field = fields.get(Math.floor(tag / 8));
      if (field === undefined) this.#countMessage();
      else this.#countValues(1);
      this.#field(tag % 8, field, end);
    }
    if (this.#at > end) throw malformed();
  }

  #field(wire: number, field: DescField | undefined, end: number): void {
    switch (wire) {
      case WIRE.varint:
        this.#varint();
        return;
      case WIRE.fixed64:
        return this.#skip(8, end);
      case WIRE.fixed32:
        return this.#skip(4, end);
      case WIRE.delimited: {
        const length = this.#varint();
        if (length > end - this.#at) throw malformed();
        return this.#delimited(field, this.#at + length);
      }
      default:
        // Groups, which nothing of this protocol has: their reader goes as deep as they do.
        throw malformed();
    }
  }

  #delimited(field: DescField | undefined, end: number): void {
    if (field?.message !== undefined && field.fieldKind !== "map") {
      this.#countMessage();
      return this.message(field.message, end);
    }
    if (field?.fieldKind === "list") this.#packed(field.listKind, field.scalar, end);
    this.#at = end;
  }

  /** Entries of a packed column; those of texts come one by one. */
  #packed(kind: "scalar" | "enum", scalar: ScalarType | undefined, end: number): void {
    const length = end - this.#at;
    if (kind === "scalar" && (scalar === ScalarType.STRING || scalar === ScalarType.BYTES)) return;
    const width = kind === "scalar" ? (WIDTHS.get(scalar) ?? 0) : 0;
    if (width > 0) return this.#countValues(length / width);
    let entries = 0;
    for (let at = this.#at; at < end; at += 1) if ((this.#bytes[at] ?? 0) < 0x80) entries += 1;
    this.#countValues(entries);
  }

  #skip(length: number, end: number): void {
    this.#at += length;
    if (this.#at > end) throw malformed();
  }

  /** As a number: what is over 2^53 is no length and no tag, and refused as such by whoever reads it. */
  #varint(): number {
    let value = 0;
    for (let place = 0; place < 10; place += 1) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw malformed();
      this.#at += 1;
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    throw malformed();
  }

  #countMessage(): void {
    this.#messages += 1;
    if (this.#messages > MAX_MESSAGES)
      throw new ShapeRefused("frame-too-large", `a frame of more than ${MAX_MESSAGES} messages`);
  }

  #countValues(count: number): void {
    this.#values += count;
    if (this.#values > MAX_VALUES)
      throw new ShapeRefused("frame-too-large", `a frame of more than ${MAX_VALUES} values`);
  }
}

const malformed = (): ShapeRefused =>
  new ShapeRefused("frame-malformed", "not a frame of this protocol: its lengths do not add up");

const WIDTHS: ReadonlyMap<ScalarType | undefined, number> = new Map([
  [ScalarType.FIXED64, 8],
  [ScalarType.SFIXED64, 8],
  [ScalarType.DOUBLE, 8],
  [ScalarType.FIXED32, 4],
  [ScalarType.SFIXED32, 4],
  [ScalarType.FLOAT, 4],
]);

const known = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(schema: DescMessage): ReadonlyMap<number, DescField> {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const made = new Map(schema.fields.map((field) => [field.number, field]));
  known.set(schema, made);
  return made;
}
