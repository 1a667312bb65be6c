import { toBinary } from "@bufbuild/protobuf";
import type { PublishedIdentity } from "@isthmus/db";
import type { Coded, EndColumns } from "@isthmus/flow-store";
import {
  buildFlowBatches,
  FlowBatchSchema,
  readFlowColumns,
  type FlowColumns,
  type FlowEnd,
  type FlowRow,
} from "@isthmus/protocol";
import { sampleFlow } from "@isthmus/protocol/testing";
import { describe, expect, it } from "vitest";
import { flowTableOf, publishedNames } from "./flow-table-of";

const set = (name: string): FlowEnd => ({
  ...sampleFlow.dest,
  name,
  namespace: "",
  type: 3,
  workloadKind: "",
  workload: "",
  labels: "isthmus.io/managed=true",
});
const remote: PublishedIdentity = {
  name: "isthmus-0a1b2c3d4e-0",
  sourceClusterId: "us-east",
  namespace: "boutique",
  workloadKind: "Deployment",
  workloadName: "payment",
};

/** Flows as a gateway reads them. */
function columnsOf(...rows: readonly FlowRow[]): FlowColumns {
  const [batch] = buildFlowBatches({ incarnation: "goldmane/0", bucketStart: 1_764_000_000, correction: 0 }, rows);
  const read = readFlowColumns(toBinary(FlowBatchSchema, batch!));
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

const tableOf = (row: FlowRow) => flowTableOf(columnsOf(row), "eu-west", [remote]);
const only = <T>({ values, codes }: Coded<T>): T | undefined => values[codes[0] ?? 0];
const endOf = (end: EndColumns) => ({
  clusterId: only(end.clusterId),
  namespace: only(end.namespace),
  workloadKind: only(end.workloadKind),
  workload: only(end.workload),
  name: only(end.name),
  type: only(end.type),
  labels: only(end.labels),
  resolution: only(end.resolution),
});

describe("flowTableOf", () => {
  it("names workloads of the reporting cluster as they were reported", () => {
    expect(endOf(tableOf(sampleFlow).source)).toEqual({
      clusterId: "eu-west",
      namespace: "boutique",
      workloadKind: "Deployment",
      workload: "checkout",
      name: "checkout-*",
      type: "workload",
      labels: ["app=checkout"],
      resolution: "local",
    });
  });

  it("gives a set of ours the workload that it stands for", () => {
    expect(endOf(tableOf({ ...sampleFlow, dest: set(remote.name) }).dest)).toMatchObject({
      clusterId: "us-east",
      namespace: "boutique",
      workloadKind: "Deployment",
      workload: "payment",
      name: remote.name,
      resolution: "published",
    });
  });

  it.each([
    { name: "a set of ours that nobody knows", end: set("isthmus-ffffffffff-0") },
    { name: "a set of somebody else's", end: set("partners") },
    { name: "a network that carries the name of a set of ours", end: { ...set(remote.name), type: 4 } },
    { name: "the private network", end: { ...set("pvt"), type: 4 } },
    { name: "a type of a newer Goldmane", end: { ...set("x"), type: 99 } },
  ])("leaves $name unresolved", ({ end }) => {
    expect(endOf(tableOf({ ...sampleFlow, dest: end }).dest)).toMatchObject({
      clusterId: "",
      workload: "",
      name: end.name,
      resolution: "unresolved",
    });
  });

  it("keeps the verdict, the reporter and the trace with its trigger", () => {
    const table = tableOf(sampleFlow);
    expect(only(table.reporter)).toBe("destination");
    expect(only(table.action)).toBe("deny");
    expect(only(table.enforced)).toMatchObject([
      {
        kind: "EndOfTier",
        tier: "boutique",
        action: "deny",
        ruleIndex: -1,
        trigger: { kind: "GlobalNetworkPolicy", name: "boutique.pay" },
      },
    ]);
    expect(only(table.pending)).toEqual([]);
    expect(table.counts.bytesIn[0]).toBe(2_400);
  });

  it("asks only for sets of ours, each once", () => {
    const columns = columnsOf(
      sampleFlow,
      { ...sampleFlow, dest: set(remote.name) },
      { ...sampleFlow, source: set(remote.name), dest: set("partners") },
    );
    expect(publishedNames(columns)).toEqual([remote.name]);
  });
});
