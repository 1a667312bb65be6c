import { BUCKET_SECONDS } from "@isthmus/protocol";
import type { Clock, Steps } from "@isthmus/std";
import type { Logger } from "pino";
import type { EvidenceTarget } from "../evidence-source";
import { BucketAssembler, bucketOf, type ClosedBucket } from "./bucket-assembler";
import { BucketDigest } from "./bucket-digest";
import { encodeBucket, type EncodedBucket } from "./encode-bucket";
import type { FlowReader } from "./flow-reader";
import { goldmaneClockOffset, type HasPassed } from "./goldmane-clock";
import { inTurns } from "./in-turns";
import type { Incarnation } from "./incarnation";
import type { Reconciliation } from "./reconciliation";
import { liesAhead } from "./resume-point";

/** What one open stream works with. */
export interface OpenStreamOptions {
  readonly target: EvidenceTarget;
  readonly incarnation: Incarnation;
  /** Asks the API server which Goldmane runs now. */
  readonly findIncarnation: () => Promise<Incarnation>;
  /** What the watch says, without asking. */
  readonly watchedIncarnation: () => Incarnation;
  readonly reader: FlowReader;
  readonly reconciliation: Reconciliation;
  /** Unix seconds: the first bucket asked for. */
  readonly from: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const TICK_MS = 500;
/** Sooner the answer may still be that of a Goldmane which is being replaced. */
const SETTLED_MS = 3_000;
/** How often Goldmane is asked what time it is: clocks are set, and drift. */
const COMPARE_CLOCKS_MS = 60_000;
const CLOCKS_DIFFER_SECONDS = 5;
const SET_BACK = "the clock was set back";
const RESTARTED = "Goldmane was restarted";

/** A stream under way: what came of it and is not yet in the sink. */
export class OpenStream {
  readonly #options: OpenStreamOptions;
  readonly #assembler: BucketAssembler;
  /** Closed, and held until it is certain which incarnation they are of. */
  readonly #closed: ClosedBucket[] = [];
  #putting: Promise<void> | undefined;
  #verified = false;
  /** Goldmane's clock minus ours in seconds, as it was last asked. */
  #offset: number | undefined;
  #asked: Promise<Incarnation> | undefined;
  /** Whether Goldmane has sent a flow, or answered what time it is. */
  connected = false;
  /** Why this side ended the stream. */
  problem: string | undefined;

  constructor(options: OpenStreamOptions) {
    this.#options = options;
    this.#assembler = new BucketAssembler(options.from);
  }

  /** Takes a flow in; resolves when what it closes is in the sink, and rejects when that cannot be. */
  async received(message: Uint8Array): Promise<void> {
    const flow = this.#options.reader.read(message);
    if (flow === undefined) return;
    this.#connect();
    // Not sooner: a Goldmane that has only just started has nothing to send, and its pod may not yet say so.
    if (!this.#verified) await this.#verify();
    const now = this.#options.clock.now() / 1_000;
    const closed = this.#assembler.add(bucketOf(flow.startTime), flow.row, now);
    if (closed.length > 0) await this.#put(closed);
  }

  /** Closes buckets whose time has passed, and ends the stream when another Goldmane has taken over. */
  async tick(stop: AbortController): Promise<void> {
    const { clock } = this.#options;
    // Not by the clock, which may be set.
    for (let openMs = TICK_MS; !stop.signal.aborted; openMs += TICK_MS) {
      await clock.sleep(TICK_MS, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      if (openMs < SETTLED_MS) continue;
      try {
        await this.#verify();
        if (!this.isStill()) throw new Error(RESTARTED);
        // Nothing was without flows as long as nobody has answered: packets may be dropped on the way.
        if (!this.connected) continue;
        await this.#put(this.#assembler.due(clock.now() / 1_000));
        this.#noteLate();
        if (this.#isSetBack()) throw new Error(SET_BACK);
      } catch (cause) {
        this.problem = cause instanceof Error ? cause.message : String(cause);
        stop.abort();
      }
    }
  }

  /** Tells the assembler, now and again, how far our clock is off; what cannot be told it learns from the flows. */
  async compareClocks(hasPassed: HasPassed, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      const offset = await goldmaneClockOffset(hasPassed, () => clock.now());
      if (signal.aborted) return;
      if (offset !== undefined) {
        this.#offset = offset;
        this.#assembler.measured(-offset);
        this.#connect();
      }
      if (Math.abs(offset ?? 0) > CLOCKS_DIFFER_SECONDS)
        log.warn({ offset }, `Goldmane's clock is ${offset} s from ours: buckets are closed by its clock`);
      await clock.sleep(this.connected ? COMPARE_CLOCKS_MS : SETTLED_MS, signal).catch(() => undefined);
    }
  }

  /** Whether this is the Goldmane that it was opened to, and the watch shows no other. */
  isStill(): boolean {
    return this.#verified && this.#options.watchedIncarnation().id === this.#options.incarnation.id;
  }

  /** Resolves when nothing more of this stream goes into the sink; what is not in it will be asked for again. */
  async rest(): Promise<void> {
    this.#closed.length = 0;
    await this.#putting?.catch(() => undefined);
  }

  /** Asked anew once the stream is open: the first answer may be older than the process we are connected to. */
  async #verify(): Promise<void> {
    if (this.#verified) return;
    this.#asked ??= this.#options.findIncarnation();
    if ((await this.#asked).id !== this.#options.incarnation.id) throw new Error(RESTARTED);
    this.#verified = true;
  }

  /** Then nothing more would come until the time has passed a second time. */
  #isSetBack(): boolean {
    const { target, clock } = this.#options;
    if (this.#offset === undefined || target.sink.cursor === undefined) return false;
    return liesAhead(target.sink, clock.now() / 1_000 + this.#offset);
  }

  #connect(): void {
    if (this.connected) return;
    this.connected = true;
    this.#options.target.events.state("connected");
  }

  /** One bucket after the other, whoever closes them. */
  async #put(closed: readonly ClosedBucket[]): Promise<void> {
    this.#closed.push(...closed);
    this.#putting ??= this.#putAll().finally(() => (this.#putting = undefined));
    await this.#putting;
  }

  async #putAll(): Promise<void> {
    const { target, incarnation, reconciliation } = this.#options;
    for (let bucket = this.#closed.shift(); bucket !== undefined; bucket = this.#closed.shift()) {
      const { start } = bucket;
      const { contents, lost, digest, rows } = await inTurns(sealed(bucket, incarnation.id));
      // INVARIANT: marks are as they are in the turn in which they are put in: others have had turns since it was closed.
      const through = start + BUCKET_SECONDS;
      target.sink.append(contents, { incarnation: incarnation.id, through, ...reconciliation.marks });
      reconciliation.closed(start, digest);
      target.events.closedWindow(rows);
      if (lost.length > 0) target.events.lost(lost);
    }
  }

  /** Buckets that flows came for after they were closed are in the cursor before anybody can forget them. */
  #noteLate(): void {
    const { target, incarnation, reconciliation, clock } = this.#options;
    const now = clock.now() / 1_000;
    const news = this.#assembler.takeLate().filter((start) => reconciliation.late(start, now));
    const { cursor } = target.sink;
    if (news.length > 0 && cursor?.incarnation === incarnation.id)
      target.sink.append([], { ...cursor, ...reconciliation.marks });
  }
}

/** A closed bucket as it goes into the sink, and how it is remembered. */
interface SealedBucket extends EncodedBucket {
  readonly digest: BucketDigest;
  readonly rows: number;
}

function* sealed(bucket: ClosedBucket, incarnation: string): Steps<SealedBucket> {
  const rows = yield* bucket.rows.sorted();
  const encoded = yield* encodeBucket({ incarnation, bucketStart: bucket.start }, rows);
  return { ...encoded, digest: yield* BucketDigest.of(rows), rows: rows.length };
}
