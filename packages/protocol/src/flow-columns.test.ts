import fc from "fast-check";
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import { decodeAgentFrame, encodeAgentFrame } from "./codec";
import { buildFlowBatches } from "./flow-batch-builder";
import { flowRows } from "./flow-batch-reader";
import { readFlowColumns } from "./flow-columns";
import { MAX_ROWS_A_BATCH } from "./flow-limits";
import { EvidenceBatchSchema, FlowBatchSchema, TraceRowSchema, type FlowBatch } from "./messages";
import { generatedFlow } from "./testing/generated-flows";
import { sampleFlow } from "./testing/sample-frames";

const bucket = { incarnation: "pod/0", bucketStart: 1_764_000_000, correction: 0 };
const batchOf = (rows = [sampleFlow]): FlowBatch => {
  const [batch] = buildFlowBatches(bucket, rows);
  if (batch === undefined) throw new Error("no batch");
  return batch;
};
const bytesOf = (batch: FlowBatch) => toBinary(FlowBatchSchema, batch);
const codes = [
  "read",
  "batch-malformed",
  "batch-too-large",
  "bucket-invalid",
  "part-invalid",
  "columns-uneven",
  "index-out-of-range",
  "hits-circular",
  "port-invalid",
  "count-too-large",
];
const outcome = (bytes: Uint8Array) => {
  const read = readFlowColumns(bytes);
  return read.ok ? "read" : read.error.code;
};

/** The same message with every number of its columns in a field of its own. */
function unpacked(batch: FlowBatch): Uint8Array {
  const writer = new BinaryWriter();
  const columns = Object.fromEntries(FlowBatchSchema.fields.map((field) => [field.number, field.localName]));
  const rest = { ...batch };
  for (let field = 10; field <= 38; field += 1) {
    const name = columns[field] as "sourceName";
    for (const value of batch[name]) writer.tag(field, 0).uint64(BigInt(value));
    rest[name] = [];
  }
  for (const value of batch.keyHash) writer.tag(9, 1).fixed64(value);
  return Buffer.concat([writer.finish(), bytesOf({ ...rest, keyHash: [] })]);
}

describe("columns of a batch", () => {
  it("are the same whether numbers come packed, one by one or in pieces", () => {
    fc.assert(
      fc.property(fc.array(generatedFlow, { maxLength: 8 }), fc.array(generatedFlow, { maxLength: 8 }), (a, b) => {
        const whole = batchOf([...a, ...b]);
        const packed = readFlowColumns(bytesOf(whole));
        expect(packed.ok).toBe(true);
        expect(readFlowColumns(unpacked(whole))).toEqual(packed);
        const { strings, hits, traces, ...columns } = whole;
        const empty = batchOf([]);
        const some = bytesOf({ ...columns, strings: [], hits: [], traces: [] });
        const tables = bytesOf({ ...empty, strings, hits, traces, keyHash: [] });
        expect(readFlowColumns(Buffer.concat([some, tables]))).toEqual(packed);
      }),
      { numRuns: 40 },
    );
  });

  it("say when the source said them", () => {
    const batch = { ...batchOf(), restatedAtMs: 1_764_000_030_123n };
    expect(readFlowColumns(bytesOf(batch))).toMatchObject({ ok: true, value: { restatedAtMs: 1_764_000_030_123 } });
    expect(readFlowColumns(bytesOf(batchOf()))).toMatchObject({ ok: true, value: { restatedAtMs: 0 } });
  });

  it("hold numbers up to the last that there is", () => {
    const flow = { ...sampleFlow, bytesIn: Number.MAX_SAFE_INTEGER, bytesOut: 2 ** 32, packetsIn: 2 ** 31 };
    const batch = { ...batchOf([flow]), keyHash: [2n ** 64n - 1n] };
    const columns = readFlowColumns(bytesOf(batch));
    expect(columns.ok && flowRows(columns.value)).toEqual([{ ...flow, keyHash: 2n ** 64n - 1n }]);
  });

  it("are refused with an error of their own, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(codes).toContain(outcome(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it("are refused with an error of their own, wherever a good batch was changed", () => {
    const good = bytesOf(batchOf([sampleFlow, { ...sampleFlow, reporter: 1, enforced: [] }]));
    const change = fc.record({ at: fc.nat({ max: good.length - 1 }), to: fc.nat({ max: 255 }) });
    const cut = fc.nat({ max: good.length });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), cut, (changes, length) => {
        const bad = Uint8Array.from(good);
        for (const { at, to } of changes) bad[at] = to;
        expect(codes).toContain(outcome(bad));
        expect(codes).toContain(outcome(good.subarray(0, length)));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    {
      name: "a number that does not end",
      bytes: [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    },
    { name: "a column that is cut off within a number", bytes: [0x52, 2, 1, 0x80] },
    { name: "a hash that is cut off", bytes: [0x4a, 7, 0, 0, 0, 0, 0, 0, 0] },
    { name: "a text that is no UTF-8", bytes: [0x32, 2, 0xc3, 0x28] },
    { name: "a length beyond the end", bytes: [0x32, 5, 0x61] },
    { name: "a group that does not end", bytes: [0x9b, 0x06] },
    { name: "a field that has no number", bytes: [0x00] },
  ])("are refused for $name", ({ bytes }) => {
    expect(readFlowColumns(Uint8Array.from(bytes))).toMatchObject({ ok: false, error: { code: "batch-malformed" } });
  });

  const trace = (hits: number[]) => create(TraceRowSchema, { hits });
  const repeated = (flow: FlowBatch, rows: number): FlowBatch => {
    const columns = Object.entries(flow).map(([name, column]) =>
      Array.isArray(column) && !["strings", "hits", "traces"].includes(name)
        ? [name, Array.from({ length: rows }, () => column[0] as unknown)]
        : [name, column],
    );
    return Object.fromEntries(columns) as unknown as FlowBatch;
  };
  const large: readonly { name: string; batch: () => FlowBatch }[] = [
    { name: "more rows than a batch may have", batch: () => repeated(batchOf(), MAX_ROWS_A_BATCH + 1) },
    {
      name: "a long text in each of its rows",
      batch: () =>
        repeated(batchOf([{ ...sampleFlow, source: { ...sampleFlow.source, labels: "a,".repeat(8_000) } }]), 15_000),
    },
    {
      name: "a trace of more policies than there are",
      batch: () => ({ ...batchOf(), traces: [trace([]), trace(Array.from({ length: 201 }, () => 0))] }),
    },
    {
      name: "long traces in each of its rows",
      batch: () => ({
        ...repeated(batchOf(), 20_000),
        traces: [trace([]), trace(Array.from({ length: 200 }, () => 0))],
      }),
    },
    {
      name: "tables that come to more than their bytes",
      batch: () => ({
        ...batchOf(),
        strings: batchOf().strings.map((text) => text.padEnd(1_000, "x")),
        traces: Array.from({ length: 2_000 }, () => trace(Array.from({ length: 200 }, () => 0))),
      }),
    },
    {
      name: "triggers of triggers without an end",
      batch: () => ({
        ...batchOf(),
        hits: Array.from({ length: 20 }, (_, trigger) => ({ ...batchOf().hits[0]!, trigger })),
      }),
    },
  ];
  it.each(large)("are refused for $name", ({ batch }) => {
    expect(readFlowColumns(bytesOf(batch()))).toMatchObject({ ok: false, error: { code: "batch-too-large" } });
  });

  it("of as many rows as there may be are read", () => {
    const read = readFlowColumns(bytesOf(repeated(batchOf(), MAX_ROWS_A_BATCH)));
    expect(read).toMatchObject({ ok: true, value: { rows: MAX_ROWS_A_BATCH } });
  });
});

describe("an agent's evidence", () => {
  const evidence = create(EvidenceBatchSchema, {
    sequence: 2n ** 63n + 1n,
    leaseTerm: 7n,
    content: { case: "flows", value: batchOf() },
  });
  const written = encodeAgentFrame({ case: "evidence", value: evidence });
  const frame = written.ok ? written.value : new Uint8Array(0);
  const piece = (field: number, bytes: Uint8Array) => new BinaryWriter().tag(field, 2).bytes(bytes).finish();

  function flowsIn(read: ReturnType<typeof decodeAgentFrame>): Buffer {
    if (!read.ok || read.value.case !== "evidence" || read.value.value.content.case !== "flows")
      throw new Error("none");
    return Buffer.from(read.value.value.content.value);
  }

  it("gives its flows as the bytes that came", () => {
    expect(decodeAgentFrame(frame)).toMatchObject({
      ok: true,
      value: {
        case: "evidence",
        value: { sequence: 2n ** 63n + 1n, leaseTerm: 7n, content: { case: "flows" } },
      },
    });
    expect(flowsIn(decodeAgentFrame(frame))).toEqual(Buffer.from(bytesOf(batchOf())));
  });

  it("may come in pieces, and what comes last counts, as protobuf demands", () => {
    const whole = toBinary(EvidenceBatchSchema, evidence);
    const head = toBinary(EvidenceBatchSchema, create(EvidenceBatchSchema, { sequence: 1n, leaseTerm: 9n }));
    const pieces = Buffer.concat([piece(3, new Uint8Array(0)), piece(9, head), piece(9, whole)]);
    expect(flowsIn(decodeAgentFrame(pieces))).toEqual(Buffer.from(bytesOf(batchOf())));
    expect(decodeAgentFrame(pieces)).toMatchObject({ value: { value: { sequence: 2n ** 63n + 1n, leaseTerm: 7n } } });
    expect(decodeAgentFrame(Buffer.concat([frame, piece(10, new Uint8Array(0))]))).toMatchObject({
      ok: true,
      value: { case: "renew" },
    });
  });

  it("is no frame in a thousand pieces and one", () => {
    const pieces = Array.from({ length: 1_001 }, () => piece(9, new Uint8Array(0)));
    expect(decodeAgentFrame(Buffer.concat(pieces))).toMatchObject({ ok: false, error: { code: "frame-malformed" } });
  });
});
