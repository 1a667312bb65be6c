import { backoffDelayMs, type Backoff } from "@isthmus/std";
import type { InsertFence } from "@isthmus/flow-store";
import type { Gate } from "../lanes/gate";
import { isRetryable, LaneRefusal } from "../lanes/lane";
import { writeDown, type Happened } from "./books";
import { claim, type Claim, type ClaimedFlows } from "./claim";
import type { Evidence, Submission } from "./evidence";
import { beginLedgers } from "./begin-ledgers";
import { concludeOverdue } from "./overdue";
import type { WriterPorts } from "./ports";
import { StoreClock } from "./store-clock";
import { blockOf, insertBlock, INSERT_MS, type InsertEnding } from "./store-claimed";

/** A block holds at most so many rows and batches: more would hold the event loop for too long. */
const MAX_ROWS = 20_000;
const MAX_BATCHES = 1_000;
/** Small blocks begin at most this often, in ms: each costs ClickHouse a part in every table. */
const LINGER_MS = 250;
/** Batches of a cluster that something else is being stored of are looked at again after this, in ms. */
const WAIT_MS = 100;

const backoff: Backoff = { baseMs: 100, maxMs: 5_000 };

/** Stores the evidence of one organisation that comes to this gateway, in one insert at a time. */
export class OrganisationWriter {
  readonly #ports: WriterPorts;
  readonly #organisationId: string;
  readonly #stop: AbortSignal;
  readonly #gate: Gate;
  readonly #storeClock: StoreClock;
  #queue: Submission[] = [];
  #running: Promise<void> | undefined;
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

  /** Takes evidence in; `done` or `failed` of it is called once. */
  submit(submission: Submission): void {
    this.#queue.push(submission);
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = 0; this.#queue.length > 0 && !this.#stop.aborted;) {
      await this.#linger();
      const taken = this.#take();
      try {
        const left = await this.#gate.run(() => this.#cycle(taken));
        this.#queue.unshift(...left);
        attempt = 0;
        if (left.length > 0 && left.length === taken.length) await this.#ports.clock.sleep(WAIT_MS, this.#stop);
      } catch (error) {
        this.#queue.unshift(...taken);
        if (this.#stop.aborted) break;
        const delayMs = backoffDelayMs(backoff, attempt, 0.5 + Math.random() / 2);
        attempt += 1;
        const { log } = this.#ports;
        log.warn({ err: error, organisation: this.#organisationId, delayMs }, "evidence waits for a store");
        await this.#ports.clock.sleep(delayMs, this.#stop).catch(() => undefined);
      }
    }
    for (const { failed } of this.#queue.splice(0)) failed(new Error("the gateway stops"));
  }

  async #linger(): Promise<void> {
    const { clock } = this.#ports;
    const waiting = this.#queue.reduce((sum, { evidence }) => sum + rowsOf(evidence), 0);
    const restMs = this.#begunAtMs + LINGER_MS - clock.now();
    if (restMs > 0 && waiting < MAX_ROWS / 2) await clock.sleep(restMs, this.#stop).catch(() => undefined);
    this.#begunAtMs = clock.now();
  }

  /** The next submissions in order, all of one day: a block is one part of one partition, there as a whole or not. */
  #take(): readonly Submission[] {
    const living: Submission[] = [];
    for (const submission of this.#queue) {
      if (submission.signal.aborted) submission.failed(new Error("the session ended"));
      else living.push(submission);
    }
    const most = this.#alone > 0 ? 1 : MAX_BATCHES;
    if (this.#alone > 0) this.#alone -= 1;
    const taken: Submission[] = [];
    let rows = 0;
    let day: number | undefined;
    for (const submission of living) {
      const { evidence } = submission;
      const full = taken.length > 0 && rows + rowsOf(evidence) > MAX_ROWS;
      day ??= dayOf(evidence);
      if (full || taken.length >= most || (day !== undefined && (dayOf(evidence) ?? day) !== day)) break;
      rows += rowsOf(evidence);
      taken.push(submission);
    }
    this.#queue = living.slice(taken.length);
    return taken;
  }

  /** Does what can be done for submissions; those whose turn has not come are given back. */
  async #cycle(taken: readonly Submission[]): Promise<readonly Submission[]> {
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
    if (claimed.unknown.length > 0) await beginLedgers(this.#ports, this.#organisationId, clustersOf(claimed.unknown));
    if (claimed.waiting.length > 0) await concludeOverdue(this.#ports, this.#organisationId, this.#stop);
    return [...again, ...claimed.unknown, ...claimed.waiting];
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
      insertId: claimed.flows.some(({ entry }) => entry.rows > 0) ? fence.id : undefined,
      stored: ending === "landed" ? stored : [],
      torn: ending === "torn" ? stored.map(({ entry }) => entry) : [],
      gaps: [...claimed.gaps, ...(isUnstorable ? flows : [])].map(gapOf),
      expired: expired.map(gapOf),
    };
    const isWritten = await this.#persist(() => writeDown(this.#ports, happened));
    if (!isWritten) return [...flows, ...claimed.gaps];
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

const rowsOf = (evidence: Evidence): number => (evidence.kind === "flows" ? evidence.rows : 0);

const dayOf = (evidence: Evidence): number | undefined =>
  evidence.kind === "flows" && evidence.rows > 0 ? Math.floor(evidence.claim.bucket / 86_400) : undefined;

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
