import { join } from "node:path";
import { invariant } from "@isthmus/std";
import type { RecoveredSegment, SegmentFile } from "./recovery";
import type { SegmentFiles } from "./segment-files";

const NAME = /^(\d{12})\.segment$/u;
/** Room for what must be written to make room. */
const RESERVE = "reserve";
const TRIAL = "trial";
const RESERVE_BYTES = 64 * 1024;

interface Segment {
  readonly number: number;
  readonly path: string;
  readonly descriptor: number;
  /** Of the batches before it. */
  readonly after: number;
  bytes: number;
  lastSequence: number;
}

/** The files of a spool: numbered segments, of which only the newest is written to. */
export class SegmentDirectory {
  readonly #path: string;
  readonly #files: SegmentFiles;
  readonly #segments = new Map<number, Segment>();
  #current: Segment | undefined;

  constructor(path: string, files: SegmentFiles) {
    this.#path = path;
    this.#files = files;
    files.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** All segments in order, as they are on disk. */
  read(): readonly SegmentFile[] {
    return this.#files
      .readdirSync(this.#path)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b)
      .map((number) => ({ number, bytes: this.#files.readFileSync(this.#pathOf(number)) }));
  }

  /** Takes over segments that were recovered, and cuts torn tails off. */
  adopt(segments: readonly RecoveredSegment[]): void {
    for (const { number, bytes, lastSequence } of segments) {
      const path = this.#pathOf(number);
      const descriptor = this.#files.openSync(path, "r+");
      this.#files.ftruncateSync(descriptor, bytes);
      this.#segments.set(number, { number, path, descriptor, after: 0, bytes, lastSequence });
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

  /** The segment that is written to; undefined while one has to be begun. */
  get current(): { readonly number: number; readonly bytes: number } | undefined {
    return this.#current;
  }

  /** Begins a new segment with these bytes; throws where the disk does not take them, and then there is no new file. */
  begin(bytes: Buffer, lastSequence: number): { readonly number: number; readonly bytes: number } {
    const files = this.#files;
    const number = Math.max(0, ...this.#segments.keys()) + 1;
    const path = this.#pathOf(number);
    const descriptor = files.openSync(path, "w+", 0o600);
    const segment = { number, path, descriptor, after: lastSequence, bytes: 0, lastSequence };
    try {
      this.#write(segment, bytes);
      files.fsyncSync(segment.descriptor);
      const directory = files.openSync(this.#path, "r");
      files.fsyncSync(directory);
      files.closeSync(directory);
    } catch (cause) {
      files.closeSync(segment.descriptor);
      files.rmSync(path, { force: true });
      throw cause;
    }
    segment.bytes = bytes.length;
    this.#segments.set(number, segment);
    this.#current = segment;
    return segment;
  }

  /**
   * Writes to the current segment. Where that fails nothing more is ever written to it: what a failed fsync left behind
   * nobody can tell, and a later one would say that all is well.
   */
  append(bytes: Buffer, { sync, lastSequence }: { readonly sync: boolean; readonly lastSequence: number }): void {
    const segment = this.#current;
    invariant(segment !== undefined, "a segment was begun");
    try {
      this.#write(segment, bytes);
      if (sync) this.#files.fsyncSync(segment.descriptor);
    } catch (cause) {
      this.#current = undefined;
      if (segment.lastSequence > segment.after) this.#cutOff(segment);
      else this.#remove(segment);
      throw cause;
    }
    segment.bytes += bytes.length;
    segment.lastSequence = Math.max(segment.lastSequence, lastSequence);
  }

  readAt(number: number, at: { readonly offset: number; readonly length: number }): Buffer {
    const segment = this.#segments.get(number);
    invariant(segment !== undefined, "a waiting batch lies in a segment that is kept");
    const buffer = Buffer.alloc(at.length);
    let read = 0;
    while (read < at.length) {
      const count = this.#files.readSync(segment.descriptor, buffer, read, at.length - read, at.offset + read);
      invariant(count > 0, "a waiting batch lies within its segment");
      read += count;
    }
    return buffer;
  }

  /** Removes segments all of whose batches are done; the current one stays. */
  removeThrough(sequence: number): void {
    for (const segment of this.#segments.values()) {
      if (segment !== this.#current && segment.lastSequence <= sequence) this.#remove(segment);
    }
  }

  /** Writes so much and takes it away again; throws where the disk does not take it. */
  tryToWrite(bytes: number): void {
    const files = this.#files;
    const path = join(this.#path, TRIAL);
    const descriptor = files.openSync(path, "w", 0o600);
    try {
      files.writeSync(descriptor, Buffer.alloc(bytes, "isthmus"), 0, bytes, 0);
      files.fsyncSync(descriptor);
    } finally {
      files.closeSync(descriptor);
      files.rmSync(path, { force: true });
    }
  }

  /** Keeps some room for what has to be written on a full disk; true where there is. */
  reserve(): boolean {
    const path = join(this.#path, RESERVE);
    if (this.#files.statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return true;
    const descriptor = this.#files.openSync(path, "w", 0o600);
    try {
      // Not zeroes: to some file systems they are no room taken.
      this.#files.writeSync(descriptor, Buffer.alloc(RESERVE_BYTES, "isthmus"), 0, RESERVE_BYTES, 0);
      return true;
    } finally {
      this.#files.closeSync(descriptor);
    }
  }

  /** Gives that room up. */
  release(): void {
    this.#files.rmSync(join(this.#path, RESERVE), { force: true });
  }

  /** True when the current segment is no longer the file at its path. */
  destroyed(): boolean {
    const segment = this.#current ?? [...this.#segments.values()].at(-1);
    if (segment === undefined) return false;
    const there = this.#files.statSync(segment.path, { throwIfNoEntry: false });
    return there === undefined || there.ino !== this.#files.fstatSync(segment.descriptor).ino;
  }

  close(): void {
    for (const segment of this.#segments.values()) this.#files.closeSync(segment.descriptor);
    this.#segments.clear();
    this.#current = undefined;
  }

  #write(segment: Segment, bytes: Buffer): void {
    let written = 0;
    while (written < bytes.length) {
      const left = bytes.length - written;
      written += this.#files.writeSync(segment.descriptor, bytes, written, left, segment.bytes + written);
    }
  }

  #remove(segment: Segment): void {
    this.#files.rmSync(segment.path, { force: true });
    this.#files.closeSync(segment.descriptor);
    this.#segments.delete(segment.number);
  }

  #cutOff(segment: Segment): void {
    try {
      this.#files.ftruncateSync(segment.descriptor, segment.bytes);
    } catch {
      // Recovery cuts it off, or finds a group whole that will come again under the same identity.
    }
  }

  #pathOf(number: number): string {
    return join(this.#path, `${String(number).padStart(12, "0")}.segment`);
  }
}
