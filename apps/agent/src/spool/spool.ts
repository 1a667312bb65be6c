import { create } from "@bufbuild/protobuf";
import { EvidenceBatchSchema, type EvidenceBatch, type GapReason } from "@isthmus/protocol";
import { encodeEntry, type Cursor, type Entry } from "./entry";
import { gapContent, lostWith, mergeLost, type LostRange } from "./lost-evidence";
import { encodeRecord, payloadOffset, recordBytes } from "./record";
import { batchIn, recoverSpool, type BatchPlace, type Damage } from "./recovery";
import { SegmentDirectory } from "./segment-directory";

/** How much a spool may hold and for how long. */
export interface SpoolLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** What a batch says, before it has a place. */
export type EvidenceContent = EvidenceBatch["content"];

/** Where a spool lies and what it may hold. */
export interface SpoolOptions extends SpoolLimits {
  readonly directory: string;
  /** Told when evidence was dropped to stay within the limits, or found damaged. */
  readonly lost: (ranges: readonly LostRange[]) => void;
}

const SEGMENTS = 16;
const MIN_SEGMENT_BYTES = 64 * 1024;

/**
 * Evidence on disk until a gateway has acknowledged it. Batches are written once, in groups that count as a whole, and
 * come out as they went in; what has to be dropped is replaced by a gap record that names its buckets.
 */
export class Spool {
  readonly #directory: SegmentDirectory;
  readonly #options: SpoolOptions;
  #batches: BatchPlace[];
  #nextSequence: number;
  #doneThrough: number;
  #cursor: Cursor | undefined;

  constructor(options: SpoolOptions, nowMs: number) {
    this.#options = options;
    this.#directory = new SegmentDirectory(options.directory);
    const recovered = recoverSpool(this.#directory.read());
    this.#batches = [...recovered.batches];
    this.#nextSequence = recovered.nextSequence;
    this.#doneThrough = recovered.doneThrough;
    this.#cursor = recovered.cursor;
    this.#directory.adopt(recovered.segments);
    this.#roll();
    this.#forgetDoneSegments();
    const damaged = recovered.damages.flatMap(lostBetween);
    if (damaged.length === 0) return;
    this.append(damaged.map(gapContent), undefined, nowMs);
    options.lost(damaged);
  }

  /** Up to where evidence has been put in; undefined when there never was any. */
  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** What waits for acknowledgement. */
  get waiting(): { readonly bytes: number; readonly batches: number } {
    return { bytes: this.#directory.bytes, batches: this.#batches.length };
  }

  /** Puts a group in, durably: after a crash all of it is there or nothing, and the cursor moves with it. */
  append(contents: readonly EvidenceContent[], cursor: Cursor | undefined, madeAtMs: number): void {
    const commit: Entry = { kind: "commit", ...(cursor === undefined ? {} : { cursor }) };
    this.#write(contents, [commit], madeAtMs);
    if (cursor !== undefined) this.#cursor = cursor;
    this.#keepWithin(madeAtMs);
  }

  /** The first waiting batch after `sequence`, as it was put in; the lease term is the session's to set. */
  nextAfter(sequence: number): EvidenceBatch | undefined {
    const index = firstAfter(this.#batches, sequence);
    const place = this.#batches[index];
    if (place === undefined) return undefined;
    return batchIn(this.#directory.readAt(place.segment, place));
  }

  /** Everything up to `sequence` is durable elsewhere. */
  acknowledge(sequence: number): void {
    if (sequence <= this.#doneThrough || sequence >= this.#nextSequence) return;
    this.#doneThrough = sequence;
    this.#batches.splice(0, firstAfter(this.#batches, sequence));
    // Not synced: what is lost of it is sent again and recognised by its identity.
    this.#directory.append(encodeRecord(encodeEntry({ kind: "done", sequence })), { sync: false, lastSequence: 0 });
    this.#forgetDoneSegments();
    if (this.#batches.length === 0 && this.#directory.current.bytes > this.#segmentBytes) {
      this.#roll();
      this.#forgetDoneSegments();
    }
  }

  /** Drops what is older than the limit allows. */
  expire(nowMs: number): void {
    this.#keepWithin(nowMs);
  }

  /** True when the files are no longer where they were put: somebody destroyed the spool. */
  destroyed(): boolean {
    return this.#directory.destroyed();
  }

  close(): void {
    this.#directory.close();
  }

  get #segmentBytes(): number {
    return Math.max(MIN_SEGMENT_BYTES, Math.floor(this.#options.maxBytes / SEGMENTS));
  }

  #roll(): void {
    const header: Entry = {
      kind: "header",
      nextSequence: this.#nextSequence,
      ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
    };
    const done: Entry = { kind: "done", sequence: this.#doneThrough };
    const records = [header, done].map((entry) => encodeRecord(encodeEntry(entry)));
    this.#directory.begin(Buffer.concat(records), this.#nextSequence - 1);
  }

  #write(contents: readonly EvidenceContent[], ending: readonly Entry[], madeAtMs: number): void {
    if (this.#directory.current.bytes > this.#segmentBytes) this.#roll();
    const { number, bytes } = this.#directory.current;
    const records: Buffer[] = [];
    const places: BatchPlace[] = [];
    let at = bytes;
    let sequence = this.#nextSequence;
    for (const content of contents) {
      const batch = create(EvidenceBatchSchema, { sequence: BigInt(sequence), content });
      const payload = encodeEntry({ kind: "batch", madeAtMs, batch });
      places.push({ sequence, segment: number, offset: payloadOffset(at), length: payload.length, madeAtMs });
      records.push(encodeRecord(payload));
      at += recordBytes(payload.length);
      sequence += 1;
    }
    records.push(...ending.map((entry) => encodeRecord(encodeEntry(entry))));
    // Where the disk is full this throws, and nothing has changed.
    this.#directory.append(Buffer.concat(records), { sync: true, lastSequence: sequence - 1 });
    this.#nextSequence = sequence;
    this.#batches.push(...places);
  }

  #forgetDoneSegments(): void {
    this.#directory.removeThrough(this.#doneThrough);
  }

  #keepWithin(nowMs: number): void {
    // A dropped segment leaves gap records behind, which are never worth dropping in the same breath.
    for (let rounds = this.#directory.count; rounds > 0; rounds -= 1) {
      const oldest = this.#batches[0];
      const tooOld = oldest !== undefined && nowMs - oldest.madeAtMs > this.#options.maxAgeMs;
      if (oldest === undefined || !(tooOld || this.#directory.bytes > this.#options.maxBytes)) return;
      if (oldest.segment === this.#directory.current.number) this.#roll();
      this.#dropSegment(oldest.segment, nowMs);
    }
  }

  /** Gap records and the mark that ends the dropped batches go in with one write, before the file goes. */
  #dropSegment(segment: number, nowMs: number): void {
    const doomed = this.#batches.filter((batch) => batch.segment === segment);
    const lost = mergeLost(doomed.flatMap((place) => this.#lostAt(place, "spool-full")));
    const through = doomed.at(-1)?.sequence ?? this.#doneThrough;
    const ending: Entry[] = [{ kind: "commit" }, { kind: "done", sequence: through }];
    this.#write(lost.map(gapContent), ending, nowMs);
    this.#doneThrough = Math.max(this.#doneThrough, through);
    this.#batches.splice(0, firstAfter(this.#batches, through));
    this.#forgetDoneSegments();
    this.#options.lost(lost);
  }

  #lostAt(place: BatchPlace, reason: GapReason): readonly LostRange[] {
    const batch = batchIn(this.#directory.readAt(place.segment, place));
    return batch === undefined ? [] : lostWith(batch.content, reason);
  }
}

function firstAfter(batches: readonly BatchPlace[], sequence: number): number {
  const first = batches.findIndex((batch) => batch.sequence > sequence);
  return first < 0 ? batches.length : first;
}

function lostBetween({ before, after }: Damage): readonly LostRange[] {
  if (before === undefined || after === undefined || after.through <= before.through) return [];
  return [{ incarnation: after.incarnation, from: before.through, to: after.through, reason: "spool-lost" }];
}
