import { SortBy, create, SortOptionSchema, type FlowPage, type UndecodedFlowsClient } from "@isthmus/goldmane-api";
import { BUCKET_SECONDS } from "@isthmus/protocol";
import type { Steps } from "@isthmus/std";
import { BucketRows } from "./bucket-rows";
import type { FlowReader } from "./flow-reader";
import { inTurns } from "./in-turns";

const PAGE = 1_000;
const FLOWS_A_STEP = 50;
const CALL_MS = 15_000;
/** Between pages: what nobody waits for takes no turn from the stream. */
const PAUSE_MS = 50;

/** What listing needs. */
export interface BucketListing {
  readonly flows: UndecodedFlowsClient;
  readonly reader: FlowReader;
  readonly pause: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** All that Goldmane has of a bucket. */
export interface ListedBucket {
  readonly rows: BucketRows;
  /** False where its pages did not hold together: flows came, or went, between them. */
  readonly isWhole: boolean;
}

/**
 * Lists a bucket page by page. The order is by a name that Goldmane keeps an index of: by time all flows of a bucket are
 * equal, and two pages need not fit together. Rejects with the client's errors.
 */
export async function listBucket(
  start: number,
  { flows, reader, pause, signal }: BucketListing,
): Promise<ListedBucket> {
  const rows = new BucketRows();
  const request = {
    startTimeGte: BigInt(start),
    startTimeLt: BigInt(start + BUCKET_SECONDS),
    sortBy: [create(SortOptionSchema, { sortBy: SortBy.DestName })],
    pageSize: BigInt(PAGE),
  };
  const ids = new Set<bigint>();
  let [listed, total] = [0, 0];
  for (let page = 0n; ; page += 1n) {
    const answer = await flows.list({ ...request, page }, { signal, timeoutMs: CALL_MS });
    await inTurns(readPage(answer, { rows, ids, reader }));
    listed += answer.flows.length;
    total = answer.totalResults;
    if (answer.flows.length < PAGE || listed >= total) break;
    await pause(PAUSE_MS);
  }
  return { rows, isWhole: listed === total && ids.size === listed };
}

function* readPage(
  { flows }: FlowPage,
  into: { readonly rows: BucketRows; readonly ids: Set<bigint>; readonly reader: FlowReader },
): Steps<void> {
  for (const [index, { id, flow }] of flows.entries()) {
    const read = into.reader.read(flow);
    if (read !== undefined) into.rows.add(read.row);
    into.ids.add(id);
    if (index % FLOWS_A_STEP === 0) yield;
  }
}
