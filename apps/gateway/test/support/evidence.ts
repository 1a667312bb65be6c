import { create } from "@bufbuild/protobuf";
import type { Scope } from "@isthmus/flow-store";
import {
  EvidenceBatchSchema,
  buildFlowBatches,
  type EvidenceBatch,
  type FlowBatch,
  type FlowRow,
} from "@isthmus/protocol";
import { sampleFlow } from "@isthmus/protocol/testing";
import type { StackOn } from "./stack";

/** A recent bucket, far enough in the past to be closed. */
export const recentBucket = (back = 4): number => Math.floor(Date.now() / 15_000) * 15 - back * 15;

/** Flows of one bucket: `count` destination ports of the same pair. */
export function flowsOf(count: number, changed: Partial<FlowRow> = {}): readonly FlowRow[] {
  return Array.from({ length: count }, (_, index) => ({
    ...sampleFlow,
    action: 1,
    enforced: [],
    destPort: 8_000 + index,
    ...changed,
  }));
}

/** The batches of one bucket, as an agent spools them. */
export function bucket(
  bucketStart: number,
  rows: readonly FlowRow[],
  { maxRows = 1_000, incarnation = "goldmane/0" } = {},
): readonly FlowBatch[] {
  return buildFlowBatches({ incarnation, bucketStart, correction: 0 }, rows, maxRows);
}

/** A batch on its way under a lease. */
export function evidence(sequence: number, leaseTerm: bigint, flows: FlowBatch): EvidenceBatch {
  return create(EvidenceBatchSchema, {
    sequence: BigInt(sequence),
    leaseTerm,
    content: { case: "flows", value: flows },
  });
}

const wholeDay = () => ({ fromMs: Date.now() - 86_400_000, toMs: Date.now() + 60_000 });

/** What is stored of a cluster: rows of the flow table, and flows as the minute rollup counts them. */
export async function storedFlows(stack: StackOn, clusterId: string) {
  const scope: Scope = { organisationId: stack.organisationId, places: "all" };
  const page = await stack.flows.flowPage(scope, {
    range: wholeDay(),
    filter: { clusterIds: [clusterId] },
    limit: 1_000,
  });
  const own = page.flows.filter((flow) => flow.clusterId === clusterId);
  const minute = { fromMs: Date.now() - 3_600_000, toMs: Date.now() + 60_000 };
  const edges = await stack.flows.graphEdges(scope, minute);
  const mine = edges.filter(({ source }) => source.clusterId === clusterId);
  return {
    rows: own,
    rolledUp: mine.reduce((sum, { bySource, byDestination }) => sum + bySource.flows + byDestination.flows, 0),
  };
}
