import { isIP } from "node:net";
import { createGoldmaneClient, type Flow, type MutualTls } from "@isthmus/goldmane-api";
import { BUCKET_SECONDS, buildFlowBatches } from "@isthmus/protocol";
import { backoffDelayMs, type Backoff, type Clock, type Result } from "@isthmus/std";
import type { Logger } from "pino";
import type { Cursor } from "../../spool/entry";
import { gapContent, type LostRange } from "../../spool/lost-evidence";
import type { EvidenceContent } from "../../spool/spool";
import { BucketAssembler, bucketOf, type ClosedBucket } from "./bucket-assembler";
import { goldmaneClockOffset, hasPassedAt, type HasPassed } from "./goldmane-clock";
import { flowRowOf, type WorkloadOf } from "./flow-row-of";
import { goldmaneProblem } from "./goldmane-problem";
import type { Incarnation } from "./incarnation";
import { resumePoint } from "./resume-point";

/** Where evidence is put, durably. */
export interface EvidenceSink {
  readonly cursor: Cursor | undefined;
  append(contents: readonly EvidenceContent[], cursor: Cursor | undefined, madeAtMs: number): void;
}

/** What streaming needs. */
export interface StreamFlowsOptions {
  readonly address: string;
  readonly serverName: string;
  readonly tls: () => Promise<Result<MutualTls, string>>;
  /** Asks the API server which Goldmane runs now. */
  readonly findIncarnation: () => Promise<Incarnation>;
  /** What the watch says, without asking. */
  readonly watchedIncarnation: () => Incarnation;
  /** Up to where the gateway has everything; waits for a session where `needed`. */
  readonly marks: (needed: boolean) => Promise<readonly Cursor[]>;
  readonly workloadOf: WorkloadOf;
  readonly sink: EvidenceSink;
  readonly events: FlowEvents;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Who is told how the stream stands. */
export interface FlowEvents {
  /** "connected", or why not. */
  state(state: string): void;
  /** The sink's cursor is where the stream begins: no gateway has more. */
  resumed(): void;
  closedBucket(rows: number): void;
  lost(ranges: readonly LostRange[]): void;
}

const RETRY: Backoff = { baseMs: 500, maxMs: 15_000 };
const TICK_MS = 500;
/** Sooner the answer may still be that of a Goldmane which is being replaced. */
const SETTLED_MS = 3_000;
/** How often Goldmane is asked what time it is: clocks are set, and drift. */
const COMPARE_CLOCKS_MS = 60_000;
const CLOCKS_DIFFER_SECONDS = 5;
const RESTARTED = "Goldmane was restarted";

/** Streams Goldmane's flows into the sink, one group for each closed bucket, until the signal aborts. */
export async function streamFlows(options: StreamFlowsOptions): Promise<void> {
  const { signal, clock, random, log, events } = options;
  let attempt = 0;
  while (!signal.aborted) {
    const startedAtMs = clock.now();
    const problem = await streamOnce(options).catch(messageOf);
    if (signal.aborted) return;
    if (clock.now() - startedAtMs > 10 * SETTLED_MS) attempt = 0;
    events.state(problem);
    const delayMs = 100 + backoffDelayMs(RETRY, attempt++, random());
    log.warn({ delayMs }, `Goldmane: ${problem}`);
    await clock.sleep(delayMs, signal).catch(() => undefined);
  }
}

/** One stream, from resuming to its end; answers with why it ended. */
async function streamOnce(options: StreamFlowsOptions): Promise<string> {
  const tls = await options.tls();
  if (!tls.ok) return tls.error;
  const incarnation = await options.findIncarnation();
  const from = await resume(options, incarnation);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  options.signal.addEventListener("abort", abort, { once: true });
  const { address, serverName } = options;
  // TLS names no server by an address; the certificate is then checked against the address itself.
  const named = serverName !== "" && isIP(serverName) === 0;
  const client = createGoldmaneClient({ address, tls: tls.value, ...(named ? { serverName } : {}) });
  const stream = new OpenStream(options, incarnation, from);
  const ticking = Promise.all([stream.tick(stop), stream.compareClocks(hasPassedAt(client, stop.signal), stop.signal)]);
  try {
    const request = { startTimeGte: BigInt(from), aggregationInterval: BigInt(BUCKET_SECONDS) };
    for await (const { flow } of client.flows.stream(request, { signal: stop.signal })) {
      await stream.received(flow);
    }
    return stream.problem ?? "the stream was ended by Goldmane";
  } catch (cause) {
    return stream.problem ?? goldmaneProblem(cause, { answered: stream.connected });
  } finally {
    stop.abort();
    options.signal.removeEventListener("abort", abort);
    await ticking;
    client.close();
  }
}

/** Decides where to begin, and names what is lost before that. */
async function resume(options: StreamFlowsOptions, incarnation: Incarnation): Promise<number> {
  const { sink, clock, log } = options;
  const marks = await options.marks(sink.cursor === undefined);
  // What was waited for has not come: what another replica has sent would be named as lost.
  if (options.signal.aborted) throw new Error("stopped before it was known where to begin");
  const now = Math.floor(clock.now() / 1_000);
  const { from, lost } = resumePoint({ incarnation, cursor: sink.cursor, marks, now });
  const known = sink.cursor;
  if (lost.length > 0 || known?.incarnation !== incarnation.id || known.through !== from) {
    sink.append(lost.map(gapContent), { incarnation: incarnation.id, through: from }, clock.now());
  }
  options.events.resumed();
  if (lost.length > 0) options.events.lost(lost);
  log.info({ incarnation: incarnation.id, from, lost }, "streaming flows from Goldmane");
  return from;
}

/** A stream under way: what came of it and is not yet in the sink. */
class OpenStream {
  readonly #options: StreamFlowsOptions;
  readonly #incarnation: Incarnation;
  readonly #assembler: BucketAssembler;
  readonly #startedAtMs: number;
  /** Closed, and held until it is certain which incarnation they are of. */
  #closed: ClosedBucket[] = [];
  #verified = false;
  #asked: Promise<Incarnation> | undefined;
  /** Whether Goldmane has sent a flow, or answered what time it is. */
  connected = false;
  /** Why this side ended the stream. */
  problem: string | undefined;

  constructor(options: StreamFlowsOptions, incarnation: Incarnation, from: number) {
    this.#options = options;
    this.#incarnation = incarnation;
    this.#assembler = new BucketAssembler(from);
    this.#startedAtMs = options.clock.now();
  }

  async received(flow: Flow | undefined): Promise<void> {
    const row = flow === undefined ? undefined : flowRowOf(flow, this.#options.workloadOf);
    if (flow === undefined || row === undefined) return;
    this.#connect();
    // Not sooner: a Goldmane that has only just started has nothing to send, and its pod may not yet say so.
    await this.#verify();
    this.#closed.push(...this.#assembler.add(bucketOf(Number(flow.startTime)), row, this.#options.clock.now() / 1_000));
    this.#flush();
  }

  /** Closes buckets whose time has passed, and ends the stream when another Goldmane has taken over. */
  async tick(stop: AbortController): Promise<void> {
    const { clock } = this.#options;
    while (!stop.signal.aborted) {
      await clock.sleep(TICK_MS, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      if (clock.now() - this.#startedAtMs < SETTLED_MS) continue;
      try {
        await this.#verify();
        if (this.#options.watchedIncarnation().id !== this.#incarnation.id) throw new Error(RESTARTED);
        // Nothing was without flows as long as nobody has answered: packets may be dropped on the way.
        if (!this.connected) continue;
        this.#closed.push(...this.#assembler.due(clock.now() / 1_000));
        this.#flush();
      } catch (cause) {
        this.problem = messageOf(cause);
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
        this.#assembler.measured(-offset);
        this.#connect();
      }
      if (Math.abs(offset ?? 0) > CLOCKS_DIFFER_SECONDS)
        log.warn({ offset }, `Goldmane's clock is ${offset} s from ours: buckets are closed by its clock`);
      await clock.sleep(this.connected ? COMPARE_CLOCKS_MS : SETTLED_MS, signal).catch(() => undefined);
    }
  }

  /** Asked anew once the stream is open: the first answer may be older than the process we are connected to. */
  async #verify(): Promise<void> {
    if (this.#verified) return;
    this.#asked ??= this.#options.findIncarnation();
    if ((await this.#asked).id !== this.#incarnation.id) throw new Error(RESTARTED);
    this.#verified = true;
  }

  #connect(): void {
    if (this.connected) return;
    this.connected = true;
    this.#options.events.state("connected");
  }

  #flush(): void {
    if (!this.#verified) return;
    const closed = this.#closed;
    this.#closed = [];
    for (const bucket of closed) {
      const { sink, clock, events } = this.#options;
      const identity = { incarnation: this.#incarnation.id, bucketStart: bucket.start, correction: bucket.correction };
      const batches = buildFlowBatches(identity, bucket.rows);
      const contents = batches.map((value): EvidenceContent => ({ case: "flows", value }));
      const through = bucket.start + BUCKET_SECONDS;
      const cursor = bucket.correction > 0 ? undefined : { incarnation: this.#incarnation.id, through };
      sink.append(contents, cursor, clock.now());
      events.closedBucket(bucket.rows.length);
    }
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
