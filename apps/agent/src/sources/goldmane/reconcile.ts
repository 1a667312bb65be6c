import type { UndecodedFlowsClient } from "@isthmus/goldmane-api";
import { BUCKET_SECONDS, type BucketIdentity } from "@isthmus/protocol";
import { err, ok, type Clock, type Result, type Steps } from "@isthmus/std";
import type { Logger } from "pino";
import { encodedGap, lostBuckets } from "../../spool/lost-evidence";
import type { EvidenceTarget } from "../evidence-source";
import { BucketDigest } from "./bucket-digest";
import type { BucketRows } from "./bucket-rows";
import { encodeBucket, type EncodedBucket } from "./encode-bucket";
import type { FlowReader } from "./flow-reader";
import type { HasPassed } from "./goldmane-clock";
import { inTurns } from "./in-turns";
import { listBucket } from "./list-bucket";
import { type DueBucket, type Reconciliation } from "./reconciliation";
import { HISTORY_SECONDS } from "./resume-point";

/** What comparing the buckets of one stream with Goldmane needs. */
export interface ReconcileOptions {
  readonly target: EvidenceTarget;
  readonly incarnation: string;
  readonly reconciliation: Reconciliation;
  readonly reader: FlowReader;
  readonly flows: UndecodedFlowsClient;
  readonly hasPassed: HasPassed;
  /** Whether the Goldmane that answers is still the one of this incarnation. */
  readonly isStill: () => boolean;
  readonly afterSeconds: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the stream: once it has ended another Goldmane may answer. */
  readonly signal: AbortSignal;
}

const PACE_MS = 500;
/** Between questions for a bucket whose time has not come by Goldmane's clock, and after a fault. */
const AGAIN_MS = 5_000;
const MAX_LISTINGS = 3;

/**
 * Compares closed buckets with what Goldmane has of them, one at a time, until the signal aborts: what reaches a bucket
 * late is never streamed. It never rejects.
 */
export async function reconcileBuckets(options: ReconcileOptions): Promise<void> {
  const { reconciliation, clock, log, signal } = options;
  const failing = { message: "" };
  while (!signal.aborted) {
    const due = reconciliation.next(clock.now() / 1_000);
    const done = due === undefined ? false : await compare(due, options).catch((cause: unknown) => noted(cause));
    await clock.sleep(done ? PACE_MS : AGAIN_MS, signal).catch(() => undefined);
  }

  function noted(cause: unknown): boolean {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (!signal.aborted && message !== failing.message)
      log.warn(`buckets cannot be compared with Goldmane: ${message}`);
    failing.message = message;
    return false;
  }
}

/** True when there is nothing more to do about this bucket; false where it is to be tried again, or nothing can be done now. */
async function compare(due: DueBucket, options: ReconcileOptions): Promise<boolean> {
  const { hasPassed } = options;
  const { start } = due;
  const end = start + BUCKET_SECONDS;
  // By Goldmane's clock, whatever ours says.
  if (!due.incomplete && !(await hasPassed(end + options.afterSeconds))) return false;
  if (await hasPassed(start + HISTORY_SECONDS)) {
    leave(end, options);
    return true;
  }
  const listed = await listWhole(start, options);
  if (options.signal.aborted || !options.isStill()) return false;
  if (listed.ok) {
    await restate(due, listed.value, options);
    return true;
  }
  return giveUpAtLast(due, listed.error, options);
}

/** All rows of a bucket, or why Goldmane does not list them. */
async function listWhole(start: number, options: ReconcileOptions): Promise<Result<BucketRows, string>> {
  const { flows, reader, clock, signal } = options;
  const pause = (ms: number): Promise<void> => clock.sleep(ms, signal);
  try {
    for (let attempt = 0; attempt < MAX_LISTINGS; attempt += 1) {
      const listed = await listBucket(start, { flows, reader, pause, signal });
      // An answer of another Goldmane's would have been given on another connection, and the stream ends with the first.
      await pause(0);
      if (listed.isWhole) return ok(listed.rows);
    }
    return err("its pages do not fit together");
  } catch (cause) {
    return err(cause instanceof Error ? cause.message : String(cause));
  }
}

/**
 * Notes that a bucket could not be listed, and after its last try leaves it as it was streamed: as a gap where it is known
 * to lack something. True where it is left.
 */
function giveUpAtLast(due: DueBucket, why: string, options: ReconcileOptions): boolean {
  const { target, incarnation, reconciliation, clock, log } = options;
  const { start, incomplete } = due;
  const isLast = reconciliation.failed(due, clock.now() / 1_000);
  log.warn({ start, isLast }, `a bucket cannot be compared with Goldmane: ${why}`);
  if (!isLast) return false;
  const lost = incomplete ? lostBuckets(incarnation, [start], "source-unlistable") : [];
  target.sink.append(lost.map(encodedGap), cursorAfter(due, options));
  reconciliation.compared(due, BucketDigest.empty);
  if (incomplete) target.events.lost(lost);
  else target.events.unreconciled(1);
  return true;
}

async function restate(due: DueBucket, listed: BucketRows, options: ReconcileOptions): Promise<void> {
  const { target, incarnation, reconciliation, clock, log } = options;
  const { start } = due;
  const identity = { incarnation, bucketStart: start, restatedAtMs: clock.now() };
  const { contents, lost, digest, rows } = await inTurns(restated(due, listed, identity));
  // INVARIANT: what the cursor says is what it says in this turn: others have put in, or noted what is late, meanwhile.
  target.sink.append(contents, cursorAfter(due, options));
  reconciliation.compared(due, digest);
  target.events.reconciled(rows);
  if (lost.length > 0) target.events.lost(lost);
  if (rows > 0) log.debug({ start, rows }, "a bucket was restated");
}

/** What a bucket says otherwise than it did, in so many rows, and all that it says now. */
interface RestatedBucket extends EncodedBucket {
  readonly digest: BucketDigest;
  readonly rows: number;
}

function* restated({ digest }: DueBucket, listed: BucketRows, identity: BucketIdentity): Steps<RestatedBucket> {
  const all = yield* listed.sorted();
  const rows = digest === undefined ? all : yield* digest.differing(all);
  const nothing = { contents: [], lost: [] };
  const encoded = rows.length === 0 ? nothing : yield* encodeBucket(identity, rows);
  return { ...encoded, digest: yield* BucketDigest.of(all), rows: rows.length };
}

function cursorAfter(due: DueBucket, { target: { sink }, incarnation, reconciliation }: ReconcileOptions) {
  // INVARIANT: a stream begins with a cursor in the sink.
  return { incarnation, through: sink.cursor?.through ?? due.start, ...reconciliation.marksAfter(due) };
}

/** What is older than Goldmane's memory can be compared no more; of what is known to be incomplete, something is lost. */
function leave(before: number, { target, incarnation, reconciliation, log }: ReconcileOptions): void {
  const { sink, events } = target;
  const left = reconciliation.leftBefore(before);
  const lost = lostBuckets(incarnation, left.incomplete, "source-history-exceeded");
  sink.append(lost.map(encodedGap), { incarnation, through: sink.cursor?.through ?? before, ...left.marks });
  reconciliation.leave(left);
  if (left.windows > 0) events.unreconciled(left.windows);
  if (lost.length > 0) events.lost(lost);
  const message = "buckets left Goldmane's memory before they could be compared with it";
  if (lost.length > 0) log.warn({ lost }, message);
  else log.debug({ before }, message);
}
