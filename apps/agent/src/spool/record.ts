import { crc32 } from "node:zlib";

/**
 * One record of a segment file: `length u32 | crc32 u32 | payload`, both little endian, the checksum over the payload.
 * A file may end anywhere: what follows the last whole record with a right checksum was never promised to anybody.
 */
const HEADER_BYTES = 8;
/** Longer than any batch: a wild length in a damaged header must not make us allocate gigabytes. */
const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024;

/** A record found in a file, with the place of its payload. */
export interface FoundRecord {
  readonly payload: Buffer;
  readonly offset: number;
}

/** What a segment file holds. */
export interface ScannedSegment {
  readonly records: readonly FoundRecord[];
  /** Bytes up to the end of the last good record. */
  readonly goodBytes: number;
  /** True when bytes follow that are no good record. */
  readonly torn: boolean;
}

/** Frames a payload for appending. */
export function encodeRecord(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

/** Bytes that a payload takes in a file. */
export const recordBytes = (payloadBytes: number): number => HEADER_BYTES + payloadBytes;

/** Offset of a payload whose record begins at `recordOffset`. */
export const payloadOffset = (recordOffset: number): number => recordOffset + HEADER_BYTES;

/** Finds the records of a segment up to the first one that is cut off or damaged. */
export function scanSegment(bytes: Buffer): ScannedSegment {
  const records: FoundRecord[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const end = at + HEADER_BYTES + length;
    if (length > MAX_PAYLOAD_BYTES || end > bytes.length) break;
    const payload = bytes.subarray(at + HEADER_BYTES, end);
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) break;
    records.push({ payload, offset: at + HEADER_BYTES });
    at = end;
  }
  return { records, goodBytes: at, torn: at < bytes.length };
}
