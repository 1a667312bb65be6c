import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { invariant } from "@isthmus/std";
import type { RecoveredSegment, SegmentFile } from "./recovery";

const NAME = /^(\d{12})\.segment$/u;

interface Segment {
  readonly number: number;
  readonly path: string;
  readonly descriptor: number;
  bytes: number;
  lastSequence: number;
}

/** The files of a spool: numbered segments, of which only the newest is written to. */
export class SegmentDirectory {
  readonly #path: string;
  readonly #segments = new Map<number, Segment>();
  #current: Segment | undefined;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** All segments in order, as they are on disk. */
  read(): readonly SegmentFile[] {
    return readdirSync(this.#path)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b)
      .map((number) => ({ number, bytes: readFileSync(this.#pathOf(number)) }));
  }

  /** Takes over segments that were recovered, and cuts torn tails off. */
  adopt(segments: readonly RecoveredSegment[]): void {
    for (const { number, bytes, lastSequence } of segments) {
      const path = this.#pathOf(number);
      const descriptor = openSync(path, "r+");
      ftruncateSync(descriptor, bytes);
      this.#segments.set(number, { number, path, descriptor, bytes, lastSequence });
    }
  }

  get bytes(): number {
    let sum = 0;
    for (const segment of this.#segments.values()) sum += segment.bytes;
    return sum;
  }

  get count(): number {
    return this.#segments.size;
  }

  get current(): { readonly number: number; readonly bytes: number } {
    invariant(this.#current !== undefined, "a spool has a segment to write to");
    return this.#current;
  }

  /** Begins a new segment with these bytes. */
  begin(bytes: Buffer, lastSequence: number): void {
    const number = Math.max(0, ...this.#segments.keys()) + 1;
    const path = this.#pathOf(number);
    const segment = { number, path, descriptor: openSync(path, "wx+", 0o600), bytes: 0, lastSequence };
    this.#segments.set(number, segment);
    this.#current = segment;
    this.append(bytes, { sync: true, lastSequence });
    const directory = openSync(this.#path, "r");
    fsyncSync(directory);
    closeSync(directory);
  }

  append(bytes: Buffer, { sync, lastSequence }: { readonly sync: boolean; readonly lastSequence: number }): void {
    const segment = this.#current;
    invariant(segment !== undefined, "a spool has a segment to write to");
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(segment.descriptor, bytes, written, bytes.length - written, segment.bytes + written);
    }
    if (sync) fsyncSync(segment.descriptor);
    segment.bytes += bytes.length;
    segment.lastSequence = Math.max(segment.lastSequence, lastSequence);
  }

  readAt(number: number, at: { readonly offset: number; readonly length: number }): Buffer {
    const segment = this.#segments.get(number);
    invariant(segment !== undefined, "a waiting batch lies in a segment that is kept");
    const buffer = Buffer.alloc(at.length);
    let read = 0;
    while (read < at.length) {
      const count = readSync(segment.descriptor, buffer, read, at.length - read, at.offset + read);
      invariant(count > 0, "a waiting batch lies within its segment");
      read += count;
    }
    return buffer;
  }

  /** Removes segments all of whose batches are done; the current one stays. */
  removeThrough(sequence: number): void {
    for (const segment of this.#segments.values()) {
      if (segment === this.#current || segment.lastSequence > sequence) continue;
      closeSync(segment.descriptor);
      unlinkSync(segment.path);
      this.#segments.delete(segment.number);
    }
  }

  /** True when the current segment is no longer the file at its path. */
  destroyed(): boolean {
    if (this.#current === undefined) return false;
    const there = statSync(this.#current.path, { throwIfNoEntry: false });
    return there === undefined || there.ino !== fstatSync(this.#current.descriptor).ino;
  }

  close(): void {
    for (const segment of this.#segments.values()) closeSync(segment.descriptor);
    this.#segments.clear();
    this.#current = undefined;
  }

  #pathOf(number: number): string {
    return join(this.#path, `${String(number).padStart(12, "0")}.segment`);
  }
}
