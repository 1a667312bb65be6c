import { backoffDelayMs, type Backoff } from "@isthmus/std";
import { DatabaseError } from "@isthmus/db";
import { FlowStoreError, type InsertFence } from "@isthmus/flow-store";
import type { Gate } from "../lanes/gate";
import { isRetryable, LaneRefusal } from "../lanes/lane";
import { writeDown, type Happened } from "./books";
import { claim, type Claim, type ClaimedFlows } from "./claim";
import type { Submission } from "./evidence";
import { beginLedgers } from "./begin-ledgers";
import { concludeOverdue } from "./overdue";
import type { WriterPorts } from "./ports";
import { StoreClock } from "./store-clock";
import { SubmissionQueue } from "./submission-queue";
import { blockOf, insertBlock, INSERT_MS, type InsertEnding } from "./store-claimed";

/** A block holds at most so many rows and batches: more would hold the event loop for too long. */
const BLOCK = { maxRows: 20_000, maxBatches: 1_000 };
const ONE_BATCH = { ...BLOCK, maxBatches: 1 };
/** With half a block waiting, the next is made ready while ClickHouse takes the one before. */
const HASTE_ROWS = BLOCK.maxRows / 2;
const CYCLES = 2;
/** Small blocks begin at most this often, in ms: each costs ClickHouse a part in every table. */
const LINGER_MS = 250;
/** A cluster of which something is being stored elsewhere is looked at again after this, in ms. */
const REST_MS = 250;
/** A cluster whose batch alone makes a store fail is left alone for so long, in ms. */
const FAILED_REST_MS = 30_000;

const backoff: Backoff = { baseMs: 100, maxMs: 5_000 };

/** Stores the evidence of one organisation that comes to this gateway. */
export class OrganisationWriter {
  readonly #ports: WriterPorts;
  readonly #organisationId: string;
  readonly #stop: AbortSignal;
  readonly #gate: Gate;
  readonly #storeClock: StoreClock;
  readonly #queue = new SubmissionQueue();
  readonly #running = new Set<Promise<void>>();
  #begunAtMs = Number.NEGATIVE_INFINITY;
  /** After a block was refused for what is in it, its batches go one by one until the bad one is found. */
  #alone = 0;

  constructor(
    ports: WriterPorts,
    organisationId: string,
    { stop, gate }: { readonly stop: AbortSignal; readonly gate: Gate },
  ) {
    this.#ports = ports;
    this.#organisationId = organisationId;
    this.#stop = stop;
    this.#gate = gate;
    this.#storeClock = new StoreClock(ports.flows, ports.clock);
  }

  /** Takes evidence in; `done` or `failed` of it is called once. What it gives fails it where it still waits. */
  submit(submission: Submission): () => void {
    this.#queue.push(submission);
    this.#begin();
    return () => this.#queue.leave(submission);
  }

  #begin(): void {
    const isUrgent = this.#queue.rowsAt(this.#ports.clock.now()) >= HASTE_ROWS;
    if (this.#running.size > 0 && !(isUrgent && this.#running.size < CYCLES)) return;
    const running = this.#run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    const { clock } = this.#ports;
    for (let attempt = 0; !this.#queue.isEmpty && !this.#stop.aborted;) {
      await this.#linger();
      const taken = this.#queue.take(this.#alone > 0 ? ONE_BATCH : BLOCK, clock.now());
      if (taken.length === 0) {
        const restMs = (this.#queue.restsUntilMs ?? 0) - clock.now();
        // What is left is of clusters that another cycle stores; that one goes on with them.
        if (restMs <= 0 && this.#running.size > 1) return;
        await clock.sleep(Math.max(restMs, 1), this.#stop).catch(() => undefined);
        continue;
      }
      this.#alone = Math.max(0, this.#alone - 1);
      attempt = (await this.#gate.run(() => this.#try(taken))) ? 0 : attempt + 1;
      if (attempt > 0) await this.#backOff(attempt);
    }
    if (this.#stop.aborted) this.#queue.fail(new Error("the gateway stops"));
  }

  /** False where a store failed: what was taken waits again. */
  async #try(taken: readonly Submission[]): Promise<boolean> {
    const { clock, log } = this.#ports;
    try {
      const { again, resting } = await this.#cycle(taken);
      this.#queue.release(taken, { again, resting, untilMs: clock.now() + REST_MS });
      return true;
    } catch (error) {
      const isPassing = isRetryable(error, 0);
      // A batch that fails alone for no passing reason rests its cluster, and of several one may be to blame.
      const resting = !isPassing && taken.length === 1 ? clustersOf(taken) : [];
      if (!isPassing && taken.length > 1) this.#alone = taken.length;
      this.#queue.release(taken, { again: taken, resting, untilMs: clock.now() + FAILED_REST_MS });
      if (!this.#stop.aborted)
        log.warn({ err: error, organisation: this.#organisationId }, "evidence waits for a store");
      return false;
    }
  }

  async #backOff(attempt: number): Promise<void> {
    const delayMs = backoffDelayMs(backoff, attempt, 0.5 + Math.random() / 2);
    await this.#ports.clock.sleep(delayMs, this.#stop).catch(() => undefined);
  }

  async #linger(): Promise<void> {
    const { clock } = this.#ports;
    // At most as long as that: the clock may have been set back.
    const restMs = Math.min(this.#begunAtMs + LINGER_MS - clock.now(), LINGER_MS);
    if (restMs > 0 && this.#alone === 0 && this.#queue.rowsAt(clock.now()) < HASTE_ROWS) {
      await clock.sleep(restMs, this.#stop).catch(() => undefined);
    }
    this.#begunAtMs = clock.now();
  }

  /** Does what can be done for submissions. */
  async #cycle(taken: readonly Submission[]): Promise<Cycle> {
    const { database, gatewayId, newId, keptSince } = this.#ports;
    const since = await keptSince(this.#organisationId);
    const [expired, fresh] = [true, false].map((which) => taken.filter((each) => isBefore(each, since) === which));
    const fence = { id: newId(), deadlineMs: (await this.#storeClock.now()) + INSERT_MS };
    const opening = { id: fence.id, gatewayId, deadline: new Date(fence.deadlineMs) };
    const organisation = database.forOrganisation(this.#organisationId);
    const claimed = await organisation.transaction((tx) => claim(tx, fresh ?? [], opening));
    for (const each of claimed.fenced) each.failed(new LaneRefusal("lease-lost", `term ${each.owner.leaseTerm}`));
    for (const each of claimed.repeated) each.done("repeated");
    // INVARIANT: an insert is open from here on; nothing may be given back before it is ended.
    const again = await this.#settle({ claimed, expired: expired ?? [], fence });
    await this.#prepare(claimed).catch((error: unknown) =>
      this.#ports.log.warn({ err: error, organisation: this.#organisationId }, "a ledger could not be made ready"),
    );
    return { again: [...again, ...claimed.unknown, ...claimed.waiting], resting: clustersOf(claimed.waiting) };
  }

  /** Makes way for those whose turn has not come. */
  async #prepare({ unknown, waiting }: Claim): Promise<void> {
    if (unknown.length > 0) await beginLedgers(this.#ports, this.#organisationId, clustersOf(unknown));
    if (waiting.length > 0) await concludeOverdue(this.#ports, this.#organisationId, this.#stop);
  }

  /** Stores what was claimed and writes it down; gives back what has to come again. */
  async #settle({ claimed, expired, fence }: Work): Promise<readonly Submission[]> {
    const flows = claimed.flows.map(({ submission }) => submission);
    if (flows.length + claimed.gaps.length + expired.length === 0) return [];
    const { ending, stored } = await this.#insert(claimed.flows, fence);
    if (ending === "late") this.#storeClock.doubt();
    const isUnstorable = ending === "refused" && flows.length === 1;
    if (ending === "refused" && !isUnstorable) this.#alone = flows.length;
    const happened: Happened = {
      organisationId: this.#organisationId,
      clusterIds: clustersOf([...flows, ...claimed.gaps, ...expired]),
      insertId: claimed.flows.some(({ entry }) => entry.rows > 0) ? fence.id : undefined,
      stored: ending === "landed" ? stored : [],
      torn: ending === "torn" ? stored.map(({ entry }) => entry) : [],
      gaps: [...claimed.gaps, ...(isUnstorable ? flows : [])].map(gapOf),
      expired: expired.map(gapOf),
    };
    const isWritten = await this.#persist(() => writeDown(this.#ports, happened));
    if (!isWritten) return [...flows, ...claimed.gaps, ...expired];
    for (const each of claimed.gaps) each.done("gap");
    for (const each of expired) each.done("expired");
    if (isUnstorable) for (const each of flows) each.done("unstorable");
    if (ending === "landed") for (const each of flows) each.done("stored");
    return ending === "landed" || isUnstorable ? [] : flows;
  }

  async #insert(claimed: readonly ClaimedFlows[], fence: InsertFence): Promise<Inserted> {
    const organisationId = this.#organisationId;
    const made = await this.#persist(() => blockOf(this.#ports, organisationId, { insertId: fence.id, claimed })).catch(
      (error: unknown) => {
        if (this.#stop.aborted) throw error;
        // Nothing was sent. A store that failed may do better later; what is ours to make ready will not.
        if (error instanceof FlowStoreError || error instanceof DatabaseError) return undefined;
        this.#ports.log.error({ err: error }, "flows could not be made ready");
        return "refused" as const;
      },
    );
    if (made === "refused") return { ending: "refused", stored: [] };
    if (made === undefined) return { ending: "free", stored: [] };
    const stored = claimed.map(({ submission, entry }, index) => ({
      entry: made.entries[index] ?? entry,
      receivedAtMs: submission.receivedAtMs,
    }));
    if (made.block.length === 0) return { ending: "landed", stored };
    const insert = { organisationId, fence, entries: made.entries.filter(({ rows }) => rows > 0) };
    return {
      ending: await this.#persist(() => insertBlock(this.#ports, { insert, block: made.block }, this.#stop)),
      stored,
    };
  }

  /** Repeats what fails for a while only, until it succeeds or the gateway stops. */
  async #persist<T>(work: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#ports;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (this.#stop.aborted || !isRetryable(error, attempt)) throw error;
        const delayMs = backoffDelayMs(backoff, attempt, 0.5 + Math.random() / 2);
        log.warn({ err: error, organisation: this.#organisationId, delayMs }, "a store failed; trying again");
        await clock.sleep(delayMs, this.#stop);
      }
    }
  }
}

/** Submissions whose turn has not come, and clusters that something else is being stored of. */
interface Cycle {
  readonly again: readonly Submission[];
  readonly resting: readonly string[];
}

interface Work {
  readonly claimed: Claim;
  readonly expired: readonly Submission[];
  readonly fence: InsertFence;
}

interface Inserted {
  readonly ending: InsertEnding;
  readonly stored: Happened["stored"];
}

/** Whether it is of a bucket before a time, in Unix ms: a gap never is, since it says what was before. */
const isBefore = ({ evidence }: Submission, sinceMs: number): boolean =>
  evidence.kind === "flows" && evidence.claim.bucket * 1_000 < sinceMs;

const clustersOf = (submissions: readonly Submission[]): readonly string[] => [
  ...new Set(submissions.map(({ owner }) => owner.clusterId)),
];

/** A gap as it is stored; of flows: that their bucket cannot be. */
function gapOf({ owner, evidence, receivedAtMs }: Submission) {
  const { organisationId, clusterId } = owner;
  const { incarnation } = evidence;
  const common = { organisationId, clusterId, incarnation, receivedAtMs };
  if (evidence.kind === "gap") return { ...common, from: evidence.from, to: evidence.to, reason: evidence.reason };
  const { bucket } = evidence.claim;
  return { ...common, from: bucket, to: bucket + 15, reason: "unstorable" };
}
