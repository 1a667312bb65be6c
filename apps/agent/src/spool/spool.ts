import type { EvidenceBatch, GapReason } from "@isthmus/protocol";
import { batchToSend, encodeBatch, encodeEntry, type Cursor, type EncodedContent, type Entry } from "./entry";
import { encodedGap, gapBatch, lostWith, mergeLost, type LostRange } from "./lost-evidence";
import { encodeRecord, payloadOffset, recordBytes } from "./record";
import { batchIn, recoverSpool, type BatchPlace, type Damage } from "./recovery";
import { SegmentDirectory } from "./segment-directory";
import { nodeFiles, unwritable, type SegmentFiles } from "./segment-files";
import { SpoolTime, type SpoolClocks } from "./spool-time";

/** How much a spool may hold and for how long. */
export interface SpoolLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Where a spool lies and what it may hold. */
export interface SpoolOptions extends SpoolLimits {
  readonly directory: string;
  readonly clocks: SpoolClocks;
  /** Told when evidence was dropped to stay within the limits, or found damaged. */
  readonly lost: (ranges: readonly LostRange[]) => void;
  /** In place of the disk that there is. */
  readonly files?: SegmentFiles;
}

const SEGMENTS = 16;
const MIN_SEGMENT_BYTES = 64 * 1024;
const MAX_TRIAL_BYTES = 4 * 1024 * 1024;

/**
 * Evidence on disk until a gateway has acknowledged it. Batches are written once, in groups that count as a whole, and
 * come out as they went in; what has to be dropped is replaced by a gap record that names its buckets. Where the disk
 * takes nothing, `append` alone throws: what is there is sent and acknowledged all the same.
 */
export class Spool {
  readonly #directory: SegmentDirectory;
  readonly #options: SpoolOptions;
  readonly #time: SpoolTime;
  #batches: BatchPlace[];
  #nextSequence: number;
  #doneThrough: number;
  #cursor: Cursor | undefined;
  /** Of damaged segments, not yet named by gap records. */
  #unnamed: readonly LostRange[];
  #problem = "";
  /** Bytes of the last group, which the disk may have refused: a few always find their place. */
  #needed = 0;

  /** Throws where the folder cannot be used at all; a disk that is full may pass. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#directory = new SegmentDirectory(options.directory, options.files ?? nodeFiles);
    const recovered = recoverSpool(this.#directory.read());
    this.#batches = [...recovered.batches];
    this.#nextSequence = recovered.nextSequence;
    this.#doneThrough = recovered.doneThrough;
    this.#cursor = recovered.cursor;
    const newestMs = Math.max(Number.NEGATIVE_INFINITY, ...this.#batches.map(({ madeAtMs }) => madeAtMs));
    this.#time = new SpoolTime(options.clocks, { newestMs, maxAgeMs: options.maxAgeMs });
    this.#directory.adopt(recovered.segments);
    this.#unnamed = recovered.damages.flatMap(lostBetween);
    this.#trying(() => {
      this.#roll();
      this.#forgetDoneSegments();
      this.#nameDamages();
      this.#directory.reserve();
    });
  }

  /** Up to where evidence has been put in; undefined when there never was any. */
  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** What waits for acknowledgement. */
  get waiting(): { readonly bytes: number; readonly batches: number } {
    return { bytes: this.#directory.bytes, batches: this.#batches.length };
  }

  /** Why the disk takes nothing, for a person; empty while it does. */
  get problem(): string {
    return this.#problem;
  }

  /**
   * Puts a group in, durably: after a crash all of it is there or nothing, and the cursor moves with it. Throws
   * `SpoolUnwritable` where the disk does not take it; then nothing has changed.
   */
  append(contents: readonly EncodedContent[], cursor: Cursor | undefined): void {
    const commit: Entry = { kind: "commit", ...(cursor === undefined ? {} : { cursor }) };
    const failure = this.#trying(() => {
      this.#nameDamages();
      this.#write(contents, [commit]);
    });
    if (failure !== undefined) throw failure;
    if (cursor !== undefined) this.#cursor = cursor;
    this.keepWithinLimits();
  }

  /** True when the disk takes writes again: tries, where it last did not. */
  takesWrites(): boolean {
    if (this.#problem === "") return true;
    const done = encodeRecord(encodeEntry({ kind: "done", sequence: this.#doneThrough }));
    const failure = this.#trying(() => {
      this.#directory.tryToWrite(this.#needed);
      this.#directory.reserve();
      this.#ensureSegment();
      this.#directory.append(done, { sync: true, lastSequence: 0 });
      this.#problem = "";
    });
    return failure === undefined;
  }

  /**
   * The first waiting batch after `sequence`, to be sent: its content lies in it undecoded. One of more than `maxBytes`,
   * which could never be sent, comes as the gap that it leaves.
   */
  nextAfter(sequence: number, maxBytes = Number.POSITIVE_INFINITY): EvidenceBatch | undefined {
    const place = this.#batches[firstAfter(this.#batches, sequence)];
    if (place === undefined) return undefined;
    let batch: EvidenceBatch | undefined;
    this.#trying(() => (batch = place.length > maxBytes ? this.#gapOf(place) : this.#read(place)));
    return batch;
  }

  #read(place: BatchPlace): EvidenceBatch {
    return batchToSend(this.#directory.readAt(place.segment, place));
  }

  #gapOf(place: BatchPlace): EvidenceBatch {
    const lost = this.#lostAt(place, "unsendable");
    this.#options.lost(lost);
    return gapBatch(place.sequence, lost[0]);
  }

  /** Everything up to `sequence` is durable elsewhere. */
  acknowledge(sequence: number): void {
    if (sequence <= this.#doneThrough || sequence >= this.#nextSequence) return;
    this.#doneThrough = sequence;
    this.#batches.splice(0, firstAfter(this.#batches, sequence));
    // Neither synced nor missed: what is lost of it is sent again and recognised by its identity.
    this.#trying(() => {
      this.#forgetDoneSegments();
      this.#ensureSegment();
      this.#directory.append(encodeRecord(encodeEntry({ kind: "done", sequence })), { sync: false, lastSequence: 0 });
      if (this.#batches.length === 0 && (this.#directory.current?.bytes ?? 0) > this.#segmentBytes) this.#roll();
      this.#forgetDoneSegments();
    });
  }

  /** Drops what is older or more than the limits allow; on a disk that takes no gap record nothing is dropped. */
  keepWithinLimits(): void {
    this.#trying(() => this.#keepWithin());
  }

  /** True when the files are no longer where they were put: somebody destroyed the spool. */
  destroyed(): boolean {
    return this.#directory.destroyed();
  }

  close(): void {
    this.#directory.close();
  }

  /** Does what a disk may refuse, and notes that it did; only what is durable says that it does no more. */
  #trying(work: () => void): Error | undefined {
    try {
      work();
      return undefined;
    } catch (cause) {
      const failure = unwritable(this.#options.directory, cause);
      if (failure === undefined) throw cause;
      this.#problem = failure.message;
      return failure;
    }
  }

  get #segmentBytes(): number {
    return Math.max(MIN_SEGMENT_BYTES, Math.floor(this.#options.maxBytes / SEGMENTS));
  }

  #ensureSegment(): { readonly number: number; readonly bytes: number } {
    const { current } = this.#directory;
    return current === undefined || current.bytes > this.#segmentBytes ? this.#roll() : current;
  }

  #roll(): { readonly number: number; readonly bytes: number } {
    const header: Entry = {
      kind: "header",
      nextSequence: this.#nextSequence,
      ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
    };
    const done: Entry = { kind: "done", sequence: this.#doneThrough };
    const records = [header, done].map((entry) => encodeRecord(encodeEntry(entry)));
    return this.#directory.begin(Buffer.concat(records), this.#nextSequence - 1);
  }

  #write(contents: readonly EncodedContent[], ending: readonly Exclude<Entry, { kind: "batch" }>[]): void {
    const { number, bytes } = this.#ensureSegment();
    const madeAtMs = this.#time.now();
    const records: Buffer[] = [];
    const places: BatchPlace[] = [];
    let at = bytes;
    let sequence = this.#nextSequence;
    for (const content of contents) {
      const payload = encodeBatch(sequence, madeAtMs, content);
      places.push({ sequence, segment: number, offset: payloadOffset(at), length: payload.length, madeAtMs });
      records.push(encodeRecord(payload));
      at += recordBytes(payload.length);
      sequence += 1;
    }
    records.push(...ending.map((entry) => encodeRecord(encodeEntry(entry))));
    // INVARIANT: a sequence is used once, also where the disk refuses: what it says it has not may be there after a crash.
    this.#nextSequence = sequence;
    this.#needed = Math.min(at - bytes, MAX_TRIAL_BYTES);
    this.#directory.append(Buffer.concat(records), { sync: true, lastSequence: sequence - 1 });
    this.#batches.push(...places);
    this.#problem = "";
  }

  #nameDamages(): void {
    const lost = this.#unnamed;
    if (lost.length === 0) return;
    this.#write(lost.map(encodedGap), [{ kind: "commit" }]);
    this.#unnamed = [];
    this.#options.lost(lost);
  }

  #forgetDoneSegments(): void {
    this.#directory.removeThrough(this.#doneThrough);
  }

  #keepWithin(): void {
    // A dropped segment leaves gap records behind, which are never worth dropping in the same breath.
    for (let rounds = this.#directory.count; rounds > 0; rounds -= 1) {
      const oldest = this.#batches[0];
      const tooOld = oldest !== undefined && this.#time.now() - oldest.madeAtMs > this.#options.maxAgeMs;
      if (oldest === undefined || !(tooOld || this.#directory.bytes > this.#options.maxBytes)) return;
      try {
        this.#dropSegment(oldest.segment);
      } catch (cause) {
        if (unwritable(this.#options.directory, cause) === undefined) throw cause;
        // On a full disk the room that was kept for it holds the gap records; what they replace makes more.
        this.#directory.release();
        this.#dropSegment(oldest.segment);
        this.#directory.reserve();
      }
    }
  }

  /** Gap records and the mark that ends the dropped batches go in with one write, before the file goes. */
  #dropSegment(segment: number): void {
    if (segment === this.#directory.current?.number) this.#roll();
    const doomed = this.#batches.filter((batch) => batch.segment === segment);
    const lost = mergeLost(doomed.flatMap((place) => this.#lostAt(place, "spool-full")));
    const through = doomed.at(-1)?.sequence ?? this.#doneThrough;
    this.#write(lost.map(encodedGap), [{ kind: "commit" }, { kind: "done", sequence: through }]);
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
