import type { EvidenceBatch } from "@isthmus/protocol";
import { decodeEntry, type Cursor } from "./entry";
import { scanSegment } from "./record";

/** A segment file as read from disk, in the order of their numbers. */
export interface SegmentFile {
  readonly number: number;
  readonly bytes: Buffer;
}

/** Where a batch lies. */
export interface BatchPlace {
  readonly sequence: number;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  readonly madeAtMs: number;
}

/** A segment after recovery; what lies beyond `bytes` in its file is to be cut off. */
export interface RecoveredSegment {
  readonly number: number;
  readonly bytes: number;
  readonly lastSequence: number;
}

/** A stretch of sequences that a damaged segment swallowed, with the cursors on either side. */
export interface Damage {
  readonly throughSequence: number;
  readonly before: Cursor | undefined;
  readonly after: Cursor | undefined;
}

/** What a spool's files say. */
export interface Recovered {
  readonly segments: readonly RecoveredSegment[];
  /** Not yet done, in order. */
  readonly batches: readonly BatchPlace[];
  readonly doneThrough: number;
  readonly nextSequence: number;
  readonly cursor: Cursor | undefined;
  readonly damages: readonly Damage[];
}

interface State {
  batches: BatchPlace[];
  pending: BatchPlace[];
  doneThrough: number;
  nextSequence: number;
  cursor: Cursor | undefined;
  damages: Damage[];
  goodBytes: number;
}

/** Reads a spool's files. Groups count only as a whole; a torn tail is left out. */
export function recoverSpool(files: readonly SegmentFile[]): Recovered {
  const state: State = {
    batches: [],
    pending: [],
    doneThrough: 0,
    nextSequence: 1,
    cursor: undefined,
    damages: [],
    goodBytes: 0,
  };
  const segments: RecoveredSegment[] = [];
  for (const file of files) {
    readSegment(state, file);
    segments.push({ number: file.number, bytes: state.goodBytes, lastSequence: state.nextSequence - 1 });
  }
  const batches = state.batches.filter((batch) => batch.sequence > state.doneThrough);
  const { doneThrough, nextSequence, cursor } = state;
  const damages = state.damages.filter((damage) => damage.throughSequence > doneThrough);
  return { segments, batches, doneThrough, nextSequence, cursor, damages };
}

function readSegment(state: State, file: SegmentFile): void {
  state.pending = [];
  state.goodBytes = 0;
  for (const { payload, offset } of scanSegment(file.bytes).records) {
    const entry = decodeEntry(payload);
    if (entry === undefined) return;
    const end = offset + payload.length;
    switch (entry.kind) {
      case "header":
        if (entry.nextSequence > state.nextSequence && state.goodBytes === 0 && state.nextSequence > 1) {
          const throughSequence = entry.nextSequence - 1;
          state.damages.push({ throughSequence, before: state.cursor, after: entry.cursor });
        }
        state.nextSequence = Math.max(state.nextSequence, entry.nextSequence);
        state.cursor = entry.cursor ?? state.cursor;
        state.goodBytes = end;
        break;
      case "batch": {
        const sequence = Number(entry.batch.sequence);
        state.pending.push({
          sequence,
          segment: file.number,
          offset,
          length: payload.length,
          madeAtMs: entry.madeAtMs,
        });
        break;
      }
      case "commit":
        commit(state, entry.cursor);
        state.goodBytes = end;
        break;
      case "done":
        state.doneThrough = Math.max(state.doneThrough, entry.sequence);
        if (state.pending.length === 0) state.goodBytes = end;
        break;
    }
  }
}

function commit(state: State, cursor: Cursor | undefined): void {
  state.batches.push(...state.pending);
  state.nextSequence = Math.max(state.nextSequence, (state.pending.at(-1)?.sequence ?? 0) + 1);
  state.pending = [];
  state.cursor = cursor ?? state.cursor;
}

/** The batch in a payload that recovery has seen. */
export function batchIn(payload: Buffer): EvidenceBatch | undefined {
  const entry = decodeEntry(payload);
  return entry?.kind === "batch" ? entry.batch : undefined;
}
