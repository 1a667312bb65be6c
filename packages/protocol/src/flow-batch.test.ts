import fc from "fast-check";
import { clone, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { buildFlowBatches } from "./flow-batch-builder";
import { flowRows } from "./flow-batch-reader";
import { readFlowColumns } from "./flow-columns";
import { flowKeyHash, type FlowRow } from "./flow-row";
import { batchId } from "./evidence";
import { FlowBatchSchema, type FlowBatch } from "./messages";
import { generatedFlow } from "./testing/generated-flows";
import { sampleFlow } from "./testing/sample-frames";

const bucket = { incarnation: "pod/0", bucketStart: 1_764_000_000, correction: 0 };
function read(batch: FlowBatch): readonly FlowRow[] {
  const columns = readFlowColumns(toBinary(FlowBatchSchema, batch));
  if (!columns.ok) throw new Error(columns.error.message);
  return flowRows(columns.value).map(({ keyHash, ...flow }) => {
    expect(keyHash).toBe(flowKeyHash(flow));
    return flow;
  });
}

describe("flow batches", () => {
  it("hold exactly the rows that went in", () => {
    fc.assert(
      fc.property(fc.array(generatedFlow, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (rows, maxRows) => {
        const out = buildFlowBatches(bucket, rows, maxRows).flatMap(read);
        const sorted = (list: readonly FlowRow[]) =>
          list.map((flow) => JSON.stringify(flow, Object.keys(flow).toSorted())).toSorted();
        expect(sorted(out)).toEqual(sorted(rows));
      }),
      { numRuns: 60 },
    );
  });

  it("are the same bytes whatever order distinct flows came in", () => {
    const distinct = fc.uniqueArray(generatedFlow, { maxLength: 10, selector: (flow) => flowKeyHash(flow) });
    fc.assert(
      fc.property(distinct, fc.integer({ min: 1, max: 4 }), (rows, maxRows) => {
        const bytes = (list: readonly FlowRow[]) =>
          buildFlowBatches(bucket, list, maxRows).map((batch) =>
            Buffer.from(toBinary(FlowBatchSchema, batch)).toString("hex"),
          );
        expect(bytes(rows.toReversed())).toEqual(bytes(rows));
      }),
      { numRuns: 60 },
    );
  });

  it("restate a bucket absolutely, at a time, and are otherwise made like it", () => {
    const restatedAtMs = 1_764_000_315_000;
    const [streamed, restated] = [bucket, { ...bucket, restatedAtMs }].map((each) =>
      buildFlowBatches(each, [sampleFlow]),
    );
    expect(restated).toEqual(streamed?.map((each) => ({ ...each, restatedAtMs: BigInt(restatedAtMs) })));
    expect(restated?.flatMap(read)).toEqual([sampleFlow]);
  });

  it("take a row's hash as given, and order rows of one hash by their keys' text", () => {
    const alike = [2, 1].map((destPort) => ({ ...sampleFlow, destPort, keyHash: 7n }));
    const [batch] = buildFlowBatches(bucket, alike);
    expect([batch?.keyHash, batch?.destPort]).toEqual([
      [7n, 7n],
      [1, 2],
    ]);
  });

  it("mark a bucket without flows by one part without rows", () => {
    const batches = buildFlowBatches(bucket, []);
    expect(batches).toHaveLength(1);
    expect(batches.flatMap(read)).toEqual([]);
    expect(batches[0]).toMatchObject({ part: 0, parts: 1, bucketStart: 1_764_000_000n });
  });

  const wrong: readonly { name: string; change: (batch: FlowBatch) => void; code: string }[] = [
    { name: "a bucket off the grid", change: (b) => (b.bucketStart = 1_764_000_001n), code: "bucket-invalid" },
    { name: "no incarnation", change: (b) => (b.incarnation = ""), code: "bucket-invalid" },
    { name: "a time beyond the store's", change: (b) => (b.bucketStart = 4_294_967_310n), code: "bucket-invalid" },
    { name: "a bucket before 1970", change: (b) => (b.bucketStart = -15n), code: "bucket-invalid" },
    { name: "an incarnation of a page", change: (b) => (b.incarnation = "x".repeat(300)), code: "bucket-invalid" },
    { name: "more corrections than are told apart", change: (b) => (b.correction = 65_536), code: "bucket-invalid" },
    { name: "more parts than are told apart", change: (b) => (b.parts = 65_536), code: "part-invalid" },
    { name: "a part beyond its parts", change: (b) => (b.part = 1), code: "part-invalid" },
    {
      name: "a restatement that is additive too",
      change: (b) => ((b.restatedAtMs = 1n), (b.correction = 1)),
      code: "restatement-invalid",
    },
    { name: "a restatement before all time", change: (b) => (b.restatedAtMs = -1n), code: "restatement-invalid" },
    { name: "a short column", change: (b) => b.destPort.pop(), code: "columns-uneven" },
    { name: "a string that is not there", change: (b) => (b.sourceName[0] = 99), code: "index-out-of-range" },
    { name: "a trace that is not there", change: (b) => (b.enforcedTrace[0] = 99), code: "index-out-of-range" },
    { name: "a hit that is not there", change: (b) => b.traces[0]?.hits.push(99), code: "index-out-of-range" },
    { name: "a hit that triggers itself", change: (b) => b.hits[0] && (b.hits[0].trigger = 1), code: "hits-circular" },
    {
      name: "a hit of a tier that is not there",
      change: (b) => b.hits[0] && (b.hits[0].tier = 99),
      code: "index-out-of-range",
    },
    { name: "a port that is none", change: (b) => (b.destPort[0] = 65_536), code: "port-invalid" },
    { name: "a count over 2^53", change: (b) => (b.bytesIn[0] = 2n ** 60n), code: "count-too-large" },
  ];
  it.each(wrong)("with $name are refused as $code", ({ change, code }) => {
    const [good] = buildFlowBatches(bucket, [sampleFlow]);
    if (good === undefined) throw new Error("no batch");
    const bad = clone(FlowBatchSchema, good);
    change(bad);
    expect(readFlowColumns(toBinary(FlowBatchSchema, good)).ok).toBe(true);
    expect(readFlowColumns(toBinary(FlowBatchSchema, bad))).toMatchObject({ ok: false, error: { code } });
  });

  it("are identified by what they say", () => {
    const batches = buildFlowBatches(bucket, [sampleFlow, { ...sampleFlow, reporter: 1 }], 1);
    expect(batches.map((batch) => batchId("c1", batch))).toEqual([
      "c1/pod/0/1764000000/0/0",
      "c1/pod/0/1764000000/1/0",
    ]);
  });
});
