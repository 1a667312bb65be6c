import { backoffDelayMs, type Backoff } from "@isthmus/std";
import { LaneRefusal } from "../lanes/lane";
import { writeDown, type Happened } from "./books";
import { claim, type Claim, type ClaimedFlows } from "./claim";
import type { Evidence, Submission } from "./evidence";
import { beginLedgers } from "./begin-ledgers";
import { concludeOverdue } from "./overdue";
import type { WriterPorts } from "./ports";
import { blockOf, insertBlock, INSERT_MS } from "./store-claimed";

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
  #queue: Submission[] = [];
  #running: Promise<void> | undefined;
  #begunAtMs = Number.NEGATIVE_INFINITY;
  /** After a block was refused for what is in it, its batches go one by one until the bad one is found. */
  #alone = 0;

  constructor(ports: WriterPorts, organisationId: string, stop: AbortSignal) {
    this.#ports = ports;
    this.#organisationId = organisationId;
    this.#stop = stop;
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
        const left = await this.#cycle(taken);
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
    const { database, flows, gatewayId, newId } = this.#ports;
    const fresh = taken.filter((submission) => !this.#isExpired(submission));
    const deadlineMs = (await flows.now()) + INSERT_MS;
    const insert = { id: newId(), gatewayId, deadline: new Date(deadlineMs) };
    const organisation = database.forOrganisation(this.#organisationId);
    const claimed = await organisation.transaction((tx) => claim(tx, fresh, insert));
    for (const each of claimed.fenced) each.failed(new LaneRefusal("lease-lost", `term ${each.owner.leaseTerm}`));
    for (const each of claimed.repeated) each.done("repeated");
    if (claimed.unknown.length > 0) await beginLedgers(this.#ports, this.#organisationId, clustersOf(claimed.unknown));
    if (claimed.waiting.length > 0) await concludeOverdue(this.#ports, this.#organisationId, this.#stop);
    const expired = taken.filter((submission) => this.#isExpired(submission));
    const again = await this.#store({ claimed, expired, insert: { id: insert.id, deadlineMs } });
    return [...again, ...claimed.unknown, ...claimed.waiting];
  }

  async #store(work: Work): Promise<readonly Submission[]> {
    const { claimed, expired, insert } = work;
    const hasRows = claimed.flows.some(({ entry }) => entry.rows > 0);
    const insertId = hasRows ? insert.id : undefined;
    const made = await this.#insert(claimed.flows, { id: insert.id, deadlineMs: insert.deadlineMs });
    const isLanded = made.ending === "landed";
    const refused = made.ending === "refused" && claimed.flows.length === 1;
    if (made.ending === "refused" && !refused) this.#alone = claimed.flows.length;
    const happened: Happened = {
      organisationId: this.#organisationId,
      insertId,
      stored: isLanded ? made.stored : [],
      torn: made.ending === "torn" ? made.stored.map(({ entry }) => entry) : [],
      gaps: [...claimed.gaps, ...(refused ? claimed.flows.map(({ submission }) => submission) : [])].map(gapOf),
      expired: expired.map(gapOf),
    };
    const nothing = claimed.flows.length + claimed.gaps.length + expired.length === 0;
    const isWritten = nothing || (await writeDown(this.#ports, happened));
    const flows = claimed.flows.map(({ submission }) => submission);
    if (!isWritten) return [...flows, ...claimed.gaps];
    for (const each of claimed.gaps) each.done("gap");
    for (const each of expired) each.done("expired");
    if (refused) for (const each of flows) each.done("unstorable");
    if (isLanded) for (const each of flows) each.done("stored");
    return isLanded || refused ? [] : flows;
  }

  async #insert(claimed: readonly ClaimedFlows[], fence: { readonly id: string; readonly deadlineMs: number }) {
    const made = await blockOf(this.#ports, this.#organisationId, { insertId: fence.id, claimed });
    if (made === undefined) return { ending: "free", stored: [] } as const;
    const stored = claimed.map(({ submission }, index) => ({
      entry: made.entries[index] ?? claimed[index]!.entry,
      receivedAtMs: submission.receivedAtMs,
    }));
    const entries = made.entries.filter(({ rows }) => rows > 0);
    if (made.block.length === 0) return { ending: "landed", stored } as const;
    const insert = { organisationId: this.#organisationId, fence, entries };
    return { ending: await insertBlock(this.#ports, { insert, block: made.block }, this.#stop), stored };
  }

  #isExpired({ evidence }: Submission): boolean {
    const { clock, retentionMs } = this.#ports;
    if (evidence.kind === "gap") return false;
    return evidence.claim.bucket * 1_000 < clock.now() - retentionMs(this.#organisationId);
  }
}

interface Work {
  readonly claimed: Claim;
  readonly expired: readonly Submission[];
  readonly insert: { readonly id: string; readonly deadlineMs: number };
}

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
