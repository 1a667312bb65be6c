import { WireError } from "./wire-reader";

/** Where packed numbers lie; the last byte ends a number. */
interface Packed {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

const TOO_LONG = "a number is longer than ten bytes";

// Most numbers are indices and small counts, of one byte or two: the loops below are written for those.

/** Reads packed varints into an array from a place on, the low 32 bits of each. */
export function unpackUint32({ bytes, at, end }: Packed, into: Uint32Array, from: number): void {
  let place = from;
  for (let next = at; next < end; place += 1) {
    let value = bytes[next++] ?? 0;
    if (value >= 0x80) {
      const second = bytes[next++] ?? 0;
      value = (value & 0x7f) | ((second & 0x7f) << 7);
      if (second >= 0x80) {
        for (let shift = 14; ; shift += 7) {
          const byte = bytes[next++] ?? 0;
          if (shift < 35) value |= (byte & 0x7f) << shift;
          if (byte < 0x80) break;
          if (shift >= 63) throw new WireError(TOO_LONG);
        }
      }
    }
    into[place] = value;
  }
}

/** Reads packed varints into an array from a place on, each as the nearest number that there is. */
export function unpackUint64({ bytes, at, end }: Packed, into: Float64Array, from: number): void {
  let place = from;
  for (let next = at; next < end; place += 1) {
    // Four bytes fit whole numbers of 32 bits, which are added without rounding.
    let value = 0;
    let byte = 0x80;
    for (let shift = 0; shift < 28 && byte >= 0x80; shift += 7) {
      byte = bytes[next++] ?? 0;
      value |= (byte & 0x7f) << shift;
    }
    if (byte < 0x80) {
      into[place] = value;
      continue;
    }
    let wide = value;
    for (let unit = 2 ** 28; byte >= 0x80; unit *= 0x80) {
      if (unit > 2 ** 63) throw new WireError(TOO_LONG);
      byte = bytes[next++] ?? 0;
      wide += (byte & 0x7f) * unit;
    }
    into[place] = wide;
  }
}
