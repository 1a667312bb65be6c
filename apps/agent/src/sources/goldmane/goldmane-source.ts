import { isIP } from "node:net";
import { createGoldmaneClient, type GoldmaneClient, type MutualTls } from "@isthmus/goldmane-api";
import { BUCKET_SECONDS } from "@isthmus/protocol";
import { backoffDelayMs, type Backoff, type Clock, type Result } from "@isthmus/std";
import type { Logger } from "pino";
import { encodedGap } from "../../spool/lost-evidence";
import type { EvidenceSource, EvidenceTarget } from "../evidence-source";
import { FlowReader, type WorkloadOf } from "./flow-reader";
import { goldmaneClockOffset, hasPassedAt, type HasPassed } from "./goldmane-clock";
import { goldmaneProblem } from "./goldmane-problem";
import { UNSEEN_INCARNATION, type Incarnation } from "./incarnation";
import { OpenStream } from "./open-stream";
import { reconcileBuckets } from "./reconcile";
import { Reconciliation } from "./reconciliation";
import { liesAhead, resumePoint, type ResumeFacts, type ResumePoint } from "./resume-point";

/** What following Goldmane needs. */
export interface GoldmaneOptions {
  readonly address: string;
  readonly serverName: string;
  readonly tls: () => Promise<Result<MutualTls, string>>;
  /** Asks the API server which Goldmane runs now. */
  readonly findIncarnation: () => Promise<Incarnation>;
  /** What the watch says, without asking. */
  readonly watchedIncarnation: () => Incarnation;
  readonly workloadOf: WorkloadOf;
  /** How long after its end a bucket is compared with what Goldmane has by then. */
  readonly reconcileAfterSeconds: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

const RETRY: Backoff = { baseMs: 500, maxMs: 15_000 };
const LASTED_MS = 30_000;
const DISK_AGAIN_MS = 2_000;

/** Goldmane as a source: streamed, one group for each closed bucket, and compared with its lists some minutes later. */
export function goldmaneSource(options: GoldmaneOptions): EvidenceSource {
  return {
    kind: "goldmane",
    // Of an end it tells a name or a prefix of names, and no address.
    knows: ["services", "policies", "labels"],
    follow: (target) => new FollowedGoldmane(options, target).run(),
  };
}

class FollowedGoldmane {
  readonly #options: GoldmaneOptions;
  readonly #target: EvidenceTarget;
  readonly #reader: FlowReader;
  /** Kept from one stream to the next for as long as both are of one incarnation. */
  #reconciling: { readonly incarnation: string; readonly reconciliation: Reconciliation } | undefined;

  constructor(options: GoldmaneOptions, target: EvidenceTarget) {
    this.#options = options;
    this.#target = target;
    this.#reader = new FlowReader(options.workloadOf, { faultSeen: (fault) => target.events.faulty(fault) });
  }

  async run(): Promise<void> {
    const { clock, random, log } = this.#options;
    const { signal, events, sink } = this.#target;
    let attempt = 0;
    while (!signal.aborted) {
      const startedAtMs = clock.now();
      const problem = sink.takesWrites() ? await this.#streamOnce().catch(messageOf) : sink.problem;
      if (signal.aborted) return;
      if (clock.now() - startedAtMs > LASTED_MS) attempt = 0;
      events.state(problem);
      // Nothing is asked of Goldmane while there is no place for it; what it then no longer has becomes a gap.
      const delayMs = sink.problem === "" ? 100 + backoffDelayMs(RETRY, attempt++, random()) : DISK_AGAIN_MS;
      log.warn({ delayMs }, `Goldmane: ${problem}`);
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  /** One stream, from resuming to its end; answers with why it ended. */
  async #streamOnce(): Promise<string> {
    const tls = await this.#options.tls();
    if (!tls.ok) return tls.error;
    const incarnation = await this.#options.findIncarnation();
    const client = this.#client(tls.value);
    try {
      return await this.#streamFrom(client, incarnation);
    } finally {
      client.close();
    }
  }

  async #streamFrom(client: GoldmaneClient, incarnation: Incarnation): Promise<string> {
    const { findIncarnation, watchedIncarnation, clock, log } = this.#options;
    const from = await this.#resume(incarnation, hasPassedAt(client, this.#target.signal));
    const reconciliation = this.#reconciliationOf(incarnation);
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    this.#target.signal.addEventListener("abort", abort, { once: true });
    const common = { target: this.#target, reader: this.#reader, reconciliation, clock, log };
    const stream = new OpenStream({ ...common, incarnation, findIncarnation, watchedIncarnation, from });
    const hasPassed = hasPassedAt(client, stop.signal);
    const working = Promise.all([
      stream.tick(stop),
      stream.compareClocks(hasPassed, stop.signal),
      reconcileBuckets({
        ...common,
        incarnation: incarnation.id,
        flows: client.undecodedFlows,
        hasPassed,
        isStill: () => stream.isStill(),
        afterSeconds: this.#options.reconcileAfterSeconds,
        signal: stop.signal,
      }),
    ]);
    try {
      const request = { startTimeGte: BigInt(from), aggregationInterval: BigInt(BUCKET_SECONDS) };
      for await (const flow of client.undecodedFlows.stream(request, { signal: stop.signal })) {
        await stream.received(flow);
      }
      return stream.problem ?? "the stream was ended by Goldmane";
    } catch (cause) {
      return stream.problem ?? goldmaneProblem(cause, { answered: stream.connected });
    } finally {
      stop.abort();
      this.#target.signal.removeEventListener("abort", abort);
      await Promise.all([working, stream.rest()]);
    }
  }

  #client(tls: MutualTls): GoldmaneClient {
    const { address, serverName } = this.#options;
    // TLS names no server by an address; the certificate is then checked against the address itself.
    const named = serverName !== "" && isIP(serverName) === 0;
    return createGoldmaneClient({ address, tls, ...(named ? { serverName } : {}) });
  }

  /** Decides where to begin, and names what is lost before that. */
  async #resume(incarnation: Incarnation, hasPassed: HasPassed): Promise<number> {
    const { log } = this.#options;
    const { sink, events, signal } = this.#target;
    const marks = await this.#target.marks(sink.cursor === undefined);
    // What was waited for has not come: what another replica has sent would be named as lost.
    if (signal.aborted) throw new Error("stopped before it was known where to begin");
    const point = await this.#pointOf({ incarnation, cursor: sink.cursor, marks }, hasPassed);
    if (signal.aborted) throw new Error("stopped before it was known where to begin");
    if (point.changes) sink.append(point.lost.map(encodedGap), point.cursor);
    events.resumed();
    if (point.unreconciled > 0) events.unreconciled(point.unreconciled);
    if (point.lost.length > 0) events.lost(point.lost);
    log.info(
      { incarnation: incarnation.id, from: point.cursor.through, lost: point.lost },
      "streaming flows from Goldmane",
    );
    return point.cursor.through;
  }

  async #pointOf(facts: Omit<ResumeFacts, "now">, hasPassed: HasPassed): Promise<ResumePoint> {
    const { clock } = this.#options;
    const now = (): number => Math.floor(clock.now() / 1_000);
    const point = resumePoint({ ...facts, now: now() });
    if (!liesAhead(point, now())) return point;
    // Our clock may be the one that is wrong.
    const offset = await goldmaneClockOffset(hasPassed, () => clock.now());
    return offset === undefined ? point : resumePoint({ ...facts, now: now(), goldmaneNow: now() + offset });
  }

  #reconciliationOf({ id }: Incarnation): Reconciliation {
    const { cursor } = this.#target.sink;
    const from = cursor?.through ?? 0;
    const known = this.#reconciling;
    // Another replica may have put in what lies between; of a Goldmane that cannot be seen nothing is known to be as it was.
    const isSame = known?.incarnation === id && id !== UNSEEN_INCARNATION.id;
    if (isSame && known.reconciliation.through === from) return known.reconciliation;
    const reconciliation = new Reconciliation(cursor ?? { through: from });
    this.#reconciling = { incarnation: id, reconciliation };
    return reconciliation;
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
