import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { UndecodedFlowsClient } from "@isthmus/goldmane-api";
import {
  EvidenceBatchSchema,
  flowKeyHash,
  FlowBatchSchema,
  flowRows,
  readFlowColumns,
  type HashedFlowRow,
} from "@isthmus/protocol";
import { takeSteps } from "@isthmus/std";
import { turnedClock } from "@isthmus/std/testing";
import { pino } from "pino";
import type { Cursor, EncodedContent } from "../../../spool/entry";
import { SpoolUnwritable } from "../../../spool/segment-files";
import type { EvidenceSink } from "../../evidence-source";
import { BucketDigest } from "../bucket-digest";
import { encodeBucket } from "../encode-bucket";
import { FlowReader } from "../flow-reader";
import { reconcileBuckets } from "../reconcile";
import { Reconciliation } from "../reconciliation";
import { flowBytes } from "./flow-row";
import { silentEvents } from "./silent-events";

/** The first bucket, in Unix seconds. */
export const FIRST = 1_000_005;
const INCARNATION = "g-0";
/** Packets by port: what a bucket says. */
export type Counts = Readonly<Record<number, number>>;

/** How a process dies at a write: before it is durable, or after. */
export interface Death {
  readonly atWrite: number;
  readonly afterIt: boolean;
}

/**
 * A Goldmane with its clock, an agent that has streamed its buckets, a spool that outlives the agent, and a gateway that
 * keeps what comes as the contract of restatements says.
 */
export class ReconciledWorld {
  /** Goldmane's. */
  readonly clock = turnedClock(FIRST * 1_000);
  /** The agent's clock minus Goldmane's, in seconds. */
  aheadSeconds = 0;
  /** What Goldmane has, by the bucket's start; a bucket is listed from its start on. */
  readonly truth = new Map<number, Counts>();
  readonly lists: string[] = [];
  /** Called before a page is answered. */
  beforePage: (start: number, page: number) => void = () => undefined;
  /** Called once a page is made, and before it has come. */
  afterPage: (start: number) => void = () => undefined;
  readonly gaps: string[] = [];
  readonly unreconciled: number[] = [];
  restatedRows = 0;
  isDiskFull = false;
  death: Death | undefined;
  #cursor: Cursor = { incarnation: INCARNATION, through: FIRST, reconciledThrough: FIRST };
  readonly #stored = new Map<number, Map<number, number>>();
  #reconciliation = new Reconciliation(this.#cursor);
  readonly #reader = new FlowReader(() => undefined);
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #writes = 0;

  get cursor(): Cursor {
    return this.#cursor;
  }

  /** What a gateway has of a bucket. */
  stored(start: number): Counts {
    return Object.fromEntries(this.#stored.get(start) ?? []);
  }

  /** Streams a bucket in: what came of it in time. */
  stream(start: number, counts: Counts): void {
    const rows = Object.entries(counts).map(([port, packets]) => this.#row(start, port, packets));
    const sorted = rows.toSorted((a, b) => (a.keyHash < b.keyHash ? -1 : 1));
    const { contents } = takeSteps(encodeBucket({ incarnation: INCARNATION, bucketStart: start }, sorted));
    const through = start + 15;
    this.#keep(contents, { incarnation: INCARNATION, through, ...this.#reconciliation.marks });
    this.#reconciliation.closed(start, takeSteps(BucketDigest.of(sorted)));
  }

  /** Flows of a closed bucket come after all. */
  late(start: number): void {
    this.#reconciliation.late(start, this.#agentNow() / 1_000);
    this.#keep([], { ...this.#cursor, ...this.#reconciliation.marks });
  }

  /** Begins to compare, as a new process does unless one runs: of the digests nothing is left. */
  restart(): void {
    this.#reconciliation = new Reconciliation(this.#cursor);
  }

  /** Lets `seconds` of Goldmane's time pass; an agent that dies meanwhile comes back. */
  async pass(seconds: number): Promise<void> {
    this.#begin();
    for (let second = 0; second < seconds; second += 1) {
      await this.clock.turn(1_000);
      // Pages are read and parts encoded in turns of their own.
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (!this.#stop.signal.aborted) continue;
      await this.#running;
      this.restart();
      this.#begin();
    }
    this.#stop.abort();
    await this.#running;
  }

  #begin(): void {
    this.#stop = new AbortController();
    this.#running = reconcileBuckets({
      target: {
        sink: this.#sink(),
        marks: () => Promise.resolve([]),
        events: {
          ...silentEvents,
          reconciled: (rows) => (this.restatedRows += rows),
          unreconciled: (windows) => void this.unreconciled.push(windows),
        },
        signal: this.#stop.signal,
      },
      incarnation: INCARNATION,
      reconciliation: this.#reconciliation,
      reader: this.#reader,
      flows: this.#flows(),
      hasPassed: (seconds) => Promise.resolve(seconds < this.clock.now() / 1_000),
      isStill: () => true,
      afterSeconds: 300,
      clock: { now: () => this.#agentNow(), sleep: (ms, signal) => this.clock.sleep(ms, signal) },
      log: pino({ level: "silent" }),
      signal: this.#stop.signal,
    });
  }

  #agentNow = (): number => this.clock.now() + this.aheadSeconds * 1_000;

  #sink(): EvidenceSink {
    const cursor = (): Cursor => this.#cursor;
    return {
      get cursor() {
        return cursor();
      },
      append: (contents, next) => {
        if (this.isDiskFull) throw new SpoolUnwritable("the disk is full");
        const dies = this.#writes === this.death?.atWrite;
        this.#writes += 1;
        if (!dies || this.death?.afterIt === true) this.#keep(contents, next);
        if (!dies) return;
        this.#stop.abort();
        throw new Error("the process died");
      },
      takesWrites: () => !this.isDiskFull,
      problem: "",
    };
  }

  #flows(): UndecodedFlowsClient {
    return {
      stream: () => {
        throw new Error("nothing is streamed here");
      },
      list: ({ startTimeGte = 0n, startTimeLt = 0n, page = 0n, pageSize = 0n }) => {
        const start = Number(startTimeGte);
        this.lists.push(`${start}..${Number(startTimeLt)} ${page}`);
        this.beforePage(start, Number(page));
        const isThere = start <= this.clock.now() / 1_000;
        const all = isThere ? Object.entries(this.truth.get(start) ?? {}) : [];
        const [from, size] = [Number(page * pageSize), Number(pageSize)];
        const flows = all.slice(from, from + size).map(([port, packets]) => ({
          id: BigInt(port),
          flow: flowBytes(start, Number(port), packets),
        }));
        this.afterPage(start);
        return Promise.resolve({ flows, totalResults: all.length });
      },
    };
  }

  /** As a gateway stores it: what is restated takes the place of what was there, key by key. */
  #keep(contents: readonly EncodedContent[], cursor: Cursor | undefined): void {
    for (const each of contents) {
      const { content } = fromBinary(EvidenceBatchSchema, each);
      if (content.case === "gap") this.gaps.push(`${content.value.from}..${content.value.to} ${content.value.reason}`);
      if (content.case !== "flows") continue;
      const flows = readFlowColumns(toBinary(FlowBatchSchema, content.value));
      if (!flows.ok) throw new Error(flows.error.message);
      const start = Number(content.value.bucketStart);
      const stored = this.#stored.get(start) ?? new Map<number, number>();
      this.#stored.set(start, stored);
      for (const { destPort, packetsIn } of flowRows(flows.value)) stored.set(destPort, packetsIn);
    }
    this.#cursor = cursor ?? this.#cursor;
  }

  #row(start: number, port: string, packets: number): HashedFlowRow {
    const read = this.#reader.read(flowBytes(start, Number(port), packets));
    if (read === undefined || flowKeyHash(read.row) !== read.row.keyHash) throw new Error("a flow is not read");
    return read.row;
  }
}
