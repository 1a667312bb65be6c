import type {
  Filter,
  FilterHintsRequest,
  FlowListRequest,
  FlowResult,
  FlowStreamRequest,
  StatisticsRequest,
  StatisticsResult,
} from "@isthmus/goldmane-api";
import { SortBy } from "@isthmus/goldmane-api";
import { err, ok, type Result } from "@isthmus/std";
import { createBucketQueue, type BucketQueue } from "./bucket-queue";
import { BucketRing, type IdentifiedFlow, type RingOptions } from "./bucket-ring";
import { hintsOf, passes } from "./filter";
import { mergeFlows, type Flow, type FlowIdentity } from "./flow";
import { flowResultOf } from "./messages";
import { statisticsOf } from "./statistics";
import { REAL_TIMING } from "./timing";

const MAX_STREAMS = 100;
const MAX_WAITING_BUCKETS = 20;

/** Why a request is refused. */
export type GoldmaneError =
  | { readonly code: "invalid"; readonly message: string }
  | { readonly code: "exhausted"; readonly message: string }
  | { readonly code: "unknown"; readonly message: string };

/** Who reads a stream: when it began, and a signal that it is gone. */
export interface StreamReader {
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** One page of a list and how much there is. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly totalPages: number;
  readonly totalResults: number;
}

/** Goldmane without its transport: flows in, buckets out. It holds memory only, and time passes by `advance`. */
export class Goldmane {
  private ring: BucketRing;
  private readonly streams = new Set<BucketQueue>();

  constructor(
    private readonly options: RingOptions,
    nowMs: number,
  ) {
    this.ring = new BucketRing(options, nowMs / 1000);
  }

  /** Takes flows; those older than the ring are dropped. */
  receive(flows: readonly Flow[]): void {
    for (const flow of flows) this.ring.add(flow);
  }

  /** Rolls over until the ring has reached `nowMs`, sending each bucket that falls due to the streams. */
  advance(nowMs: number): void {
    while (this.ring.headStart * 1000 <= nowMs) {
      const bucket = this.ring.rollover();
      for (const stream of this.streams) stream.push(bucket);
    }
  }

  /** When the next rollover is due, in ms since the epoch. */
  get nextRolloverMs(): number {
    return this.ring.headStart * 1000;
  }

  /** Forgets everything and ends every stream, as a new Goldmane pod does. */
  restart(nowMs: number): void {
    this.ring = new BucketRing(this.options, nowMs / 1000);
    this.endStreams();
  }

  /** Ends every stream after what is queued for it. */
  endStreams(): void {
    for (const stream of this.streams) stream.end();
    this.streams.clear();
  }

  /**
   * Opens a stream: history from `start_time_gte` (none where that is 0 or before the ring), then each bucket when it
   * falls due; no bucket comes twice, and what arrives for a bucket after it was sent never comes.
   */
  stream(request: FlowStreamRequest, reader: StreamReader): Result<AsyncIterable<FlowResult>, GoldmaneError> {
    const interval = Number(request.aggregationInterval);
    if (interval !== 0 && interval !== REAL_TIMING.bucketSeconds) {
      return err({ code: "invalid", message: `aggregation_interval must be ${REAL_TIMING.bucketSeconds}` });
    }
    if (this.streams.size >= MAX_STREAMS) return err({ code: "exhausted", message: "too many streams" });
    const queue = createBucketQueue(this.history(Number(request.startTimeGte), reader.nowMs), MAX_WAITING_BUCKETS);
    this.streams.add(queue);
    reader.signal.addEventListener("abort", () => {
      this.streams.delete(queue);
      queue.end();
    });
    return ok(this.read(queue, request.filter));
  }

  private history(gte: number, nowMs: number) {
    if (gte === 0) return [];
    const from = this.ring.bucketAt(gte < 0 ? Math.floor(nowMs / 1000) + gte : gte);
    return from === undefined ? [] : this.ring.buckets(from.start, this.ring.streamStart);
  }

  private async *read(queue: BucketQueue, filter: Filter | undefined): AsyncGenerator<FlowResult> {
    try {
      for await (const bucket of queue) {
        for (const identified of bucket.flows) {
          if (passes(filter, identified.flow.identity)) yield flowResultOf(identified);
        }
      }
    } finally {
      this.streams.delete(queue);
    }
  }

  /** Flows of a range, merged over its buckets; newest first unless another order is asked for. */
  list(request: FlowListRequest, nowMs: number): Result<Page<FlowResult>, GoldmaneError> {
    if (request.sortBy.length > 1) return err({ code: "invalid", message: "at most one sort order is supported" });
    const merged = this.merged(request, nowMs);
    if (!merged.ok) return merged;
    const order = compareBy(request.sortBy[0]?.sortBy ?? SortBy.Time);
    const flows = merged.value.filter(({ flow }) => passes(request.filter, flow.identity)).toSorted(order);
    const page = paginate(flows, request);
    return ok({ ...page, items: page.items.map(flowResultOf) });
  }

  /** Values of one field in a range, sorted. */
  hints(request: FilterHintsRequest, nowMs: number): Result<Page<string>, GoldmaneError> {
    const merged = this.merged(request, nowMs);
    if (!merged.ok) return merged;
    const values = new Set<string>();
    for (const { flow } of merged.value) {
      if (!passes(request.filter, flow.identity)) continue;
      const found = hintsOf(request.type, flow.identity);
      if (found === undefined) return err({ code: "invalid", message: `unsupported filter type ${request.type}` });
      for (const value of found) values.add(value);
    }
    return ok(paginate([...values].toSorted(), request));
  }

  /** Sums by policy or rule over the buckets from the one that holds the start to before the one that holds the end. */
  statistics(request: StatisticsRequest, nowMs: number): Result<readonly StatisticsResult[], GoldmaneError> {
    const range = this.rangeOf(request, nowMs);
    if (!range.ok) return range;
    const { gte, lt } = range.value;
    const [first, end] = [this.ring.bucketAt(gte), this.ring.bucketAt(lt)];
    if (first === undefined || end === undefined)
      return err({ code: "unknown", message: `failed to find bucket for time range ${gte}:${lt}` });
    return ok(statisticsOf(this.ring.buckets(first.start, end.start), request));
  }

  private rangeOf(range: TimeRange, nowMs: number): Result<{ gte: number; lt: number }, GoldmaneError> {
    const now = Math.floor(nowMs / 1000);
    const given = { gte: Number(range.startTimeGte), lt: Number(range.startTimeLt) };
    const gte = given.gte === 0 ? this.ring.historyStart : absolute(given.gte, now);
    const lt = given.lt === 0 ? now : absolute(given.lt, now);
    if (gte >= lt)
      return err({ code: "invalid", message: `start_time_gte (${gte}) must be less than start_time_lt (${lt})` });
    return ok({ gte, lt });
  }

  private merged(request: TimeRange, nowMs: number): Result<readonly IdentifiedFlow[], GoldmaneError> {
    const range = this.rangeOf(request, nowMs);
    if (!range.ok) return range;
    const { gte, lt } = range.value;
    const merged = new Map<number, IdentifiedFlow>();
    for (const { id, flow } of this.ring.buckets(gte, lt).flatMap((bucket) => bucket.flows)) {
      const known = merged.get(id);
      merged.set(id, { id, flow: known === undefined ? flow : mergeFlows(known.flow, flow) });
    }
    return ok([...merged.values()]);
  }
}

interface TimeRange {
  readonly startTimeGte: bigint;
  readonly startTimeLt: bigint;
}

/** A negative time is relative to now. */
const absolute = (seconds: number, now: number): number => (seconds < 0 ? now + seconds : seconds);

interface Paging {
  readonly page: bigint;
  readonly pageSize: bigint;
}

function paginate<T>(items: readonly T[], paging: Paging): Page<T> {
  const size = Number(paging.pageSize);
  if (size <= 0) return { items, totalPages: 1, totalResults: items.length };
  const from = Number(paging.page) * size;
  return {
    items: items.slice(from, from + size),
    totalPages: Math.ceil(items.length / size),
    totalResults: items.length,
  };
}

const SORT_FIELDS: Readonly<Record<Exclude<SortBy, SortBy.Time>, keyof FlowIdentity>> = {
  [SortBy.DestName]: "destName",
  [SortBy.DestNamespace]: "destNamespace",
  [SortBy.DestType]: "destType",
  [SortBy.SourceName]: "sourceName",
  [SortBy.SourceNamespace]: "sourceNamespace",
  [SortBy.SourceType]: "sourceType",
};

function compareBy(sortBy: SortBy): (a: IdentifiedFlow, b: IdentifiedFlow) => number {
  if (sortBy === SortBy.Time) return (a, b) => b.flow.startTime - a.flow.startTime || a.id - b.id;
  const field = SORT_FIELDS[sortBy];
  return (a, b) => {
    const [left, right] = [a.flow.identity[field], b.flow.identity[field]];
    return left === right ? a.id - b.id : left < right ? -1 : 1;
  };
}
