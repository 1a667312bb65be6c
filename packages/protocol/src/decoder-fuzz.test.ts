import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { clone, create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_MAX_FRAME_BYTES, decodeAgentFrame, decodeGatewayFrame, encodeAgentFrame } from "./codec";
import { buildFlowBatches } from "./flow-batch-builder";
import { readFlowColumns } from "./flow-columns";
import { FlowBatchSchema, type FlowBatch } from "./messages";
import { sampleFlow } from "./testing/sample-frames";

// What a hostile agent may send: whatever it is, the answer is a frame or a typed error, in bounded time and memory.

const folder = join(import.meta.dirname, "../testdata/v1");
const recorded = readdirSync(folder).map((name) => new Uint8Array(readFileSync(join(folder, name))));

/** Decodes, and reads what is in it; the codes are those that there are. */
function outcomeOf(bytes: Uint8Array): string {
  const frame = decodeAgentFrame(bytes);
  if (!frame.ok) return frame.error.code;
  const { case: kind, value } = frame.value;
  if (kind !== "evidence" || value.content.case !== "flows") return "read";
  const rows = readFlowColumns(value.content.value);
  return rows.ok ? "read" : rows.error.code;
}

const OUTCOMES = [
  "read",
  "frame-malformed",
  "frame-empty",
  "frame-too-large",
  "bucket-invalid",
  "part-invalid",
  "columns-uneven",
  "index-out-of-range",
  "hits-circular",
  "count-too-large",
  "batch-too-large",
  "batch-malformed",
  "port-invalid",
  "restatement-invalid",
];

type Mutation = (bytes: Uint8Array) => Uint8Array;

const place = fc.nat({ max: 10_000 });
const mutation = fc.oneof(
  fc.tuple(place, fc.nat({ max: 255 })).map(([at, value]): Mutation => (bytes) => {
    const changed = Uint8Array.from(bytes);
    changed[at % Math.max(1, changed.length)] = value;
    return changed;
  }),
  place.map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 12 })).map(([at, more]): Mutation => (bytes) => {
    const where = at % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, where), ...more, ...bytes.subarray(where)]);
  }),
  fc.tuple(place, place).map(([from, count]): Mutation => (bytes) => {
    const start = from % (bytes.length + 1);
    const piece = bytes.subarray(start, start + (count % 64));
    return Uint8Array.from([...bytes, ...piece]);
  }),
  fc.constantFrom(...recorded).map(
    (other): Mutation =>
      (bytes) =>
        Uint8Array.from([...bytes, ...other]),
  ),
);

describe("any bytes of an agent", () => {
  it("that were a frame and were changed are a frame or a typed error", () => {
    const changed = fc
      .tuple(fc.constantFrom(...recorded), fc.array(mutation, { minLength: 1, maxLength: 6 }))
      .map(([bytes, mutations]) => mutations.reduce<Uint8Array>((before, change) => change(before), bytes));
    fc.assert(
      fc.property(changed, (bytes) => {
        expect(OUTCOMES).toContain(outcomeOf(bytes));
        expect(["frame-malformed", "frame-empty", undefined]).toContain(
          ((frame) => (frame.ok ? undefined : frame.error.code))(decodeGatewayFrame(bytes)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("that are a batch of flows whose columns say anything are rows or a typed error", () => {
    const index = fc.nat({ max: 40 });
    const columns = fc.record({
      keyHash: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 4 }),
      strings: fc.array(fc.string({ maxLength: 4 }), { maxLength: 6 }),
      traces: fc.array(fc.record({ hits: fc.array(index, { maxLength: 4 }) }), { maxLength: 4 }),
      hits: fc.array(fc.record({ tier: index, namespace: index, name: index, trigger: index }), { maxLength: 4 }),
      sourceName: fc.array(index, { maxLength: 4 }),
      enforcedTrace: fc.array(index, { maxLength: 4 }),
      part: index,
      parts: index,
    });
    fc.assert(
      fc.property(columns, (changed) => {
        const [batch] = buildFlowBatches({ incarnation: "g", bucketStart: 1_764_000_000, correction: 0 }, [sampleFlow]);
        const { $typeName: _type, $unknown: _unknown, ...columnsOfOurs } = batch!;
        const bytes = toBinary(FlowBatchSchema, create(FlowBatchSchema, { ...columnsOfOurs, ...changed }));
        expect(OUTCOMES).toContain(outcomeOf(evidenceFrame(bytes)));
      }),
      { numRuns: 1_000 },
    );
  });
});

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];
const field = (number: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
/** Field 9 of a frame is evidence, field 3 of that a batch of flows. */
const evidenceFrame = (batch: Uint8Array): Uint8Array => field(9, field(3, batch));
const ROOM = DEFAULT_MAX_FRAME_BYTES - 64;
const repeated = (bytes: readonly number[]): Buffer => Buffer.alloc(ROOM - (ROOM % bytes.length), Buffer.from(bytes));

interface Bomb {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  readonly code: string;
}

const BOMBS: readonly Bomb[] = [
  {
    name: "a hit in two bytes, two million times",
    bytes: () => evidenceFrame(repeated([0x3a, 0])),
    code: "batch-too-large",
  },
  { name: "a trace in two bytes", bytes: () => evidenceFrame(repeated([0x42, 0])), code: "batch-too-large" },
  { name: "a text in two bytes", bytes: () => evidenceFrame(repeated([0x32, 0])), code: "batch-too-large" },
  {
    name: "a packed column",
    bytes: () => evidenceFrame(field(34, Buffer.alloc(ROOM - 8, 1))),
    code: "batch-too-large",
  },
  {
    name: "the same column in pieces",
    bytes: () => evidenceFrame(repeated([0x92, 0x02, 1, 1])),
    code: "batch-too-large",
  },
  { name: "a resource in two bytes", bytes: () => field(5, repeated([0x12, 0])), code: "frame-too-large" },
  { name: "a field that nobody knows", bytes: () => repeated([0xa0, 0x38, 0]), code: "frame-too-large" },
  { name: "the same frame within the frame", bytes: () => repeated([0x1a, 0]), code: "frame-malformed" },
  { name: "groups, each in the other", bytes: () => repeated([0xa3, 0x38]), code: "frame-malformed" },
  {
    name: "a length beyond the end",
    bytes: () => Uint8Array.from([0x4a, 0xff, 0xff, 0xff, 0x7f]),
    code: "frame-malformed",
  },
  { name: "a number without an end", bytes: () => repeated([0xff]), code: "frame-malformed" },
  {
    name: "more bytes than a frame has",
    bytes: () => new Uint8Array(DEFAULT_MAX_FRAME_BYTES + 1),
    code: "frame-too-large",
  },
];

const MEMORY = 96 * 1024 * 1024;

describe("a frame that is small, and large once it is read", () => {
  it.each(BOMBS)("$name: is refused as $code before it is", ({ bytes, code }) => {
    const bomb = bytes();
    const heap = process.memoryUsage().heapUsed;
    expect(outcomeOf(bomb)).toBe(code);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(MEMORY);
  });

  it("is read where it is what our agent sends: a whole part", () => {
    const rows = Array.from({ length: 5_000 }, (_, at) => ({ ...sampleFlow, destPort: at }));
    const [batch] = buildFlowBatches({ incarnation: "g", bucketStart: 1_764_000_000, correction: 0 }, rows);
    const value = { $typeName: "isthmus.link.v1.EvidenceBatch" as const, sequence: 1n, leaseTerm: 1n };
    const frame = encodeAgentFrame({
      case: "evidence",
      value: { ...value, content: { case: "flows", value: batch! } },
    });
    expect(frame.ok && outcomeOf(frame.value)).toBe("read");
  });
});

interface Expansion {
  readonly name: string;
  readonly change: (batch: FlowBatch) => void;
  readonly code: string;
}

const wide = (batch: FlowBatch, rows: number): void => {
  for (const column of Object.values(batch)) {
    if (Array.isArray(column) && column !== batch.strings && column !== batch.hits && column !== batch.traces)
      (column as unknown[]).push(...Array.from({ length: rows - 1 }, () => column[0] as unknown));
  }
};

const EXPANSIONS: readonly Expansion[] = [
  { name: "more rows than a part has", change: (batch) => wide(batch, 20_001), code: "batch-too-large" },
  {
    name: "a long label in every row",
    change: (batch) => {
      batch.strings[batch.sourceLabels[0] ?? 0] = "x".repeat(3_000_000);
      wide(batch, 4_000);
    },
    code: "batch-too-large",
  },
  {
    name: "a long trace",
    change: (batch) => {
      batch.traces[batch.enforcedTrace[0] ?? 0]?.hits.push(...Array.from({ length: 300 }, () => 0));
    },
    code: "batch-too-large",
  },
  {
    name: "a trace of long names in every row",
    change: (batch) => {
      const name = batch.strings.push("x".repeat(10_000)) - 1;
      for (const hit of batch.hits) hit.name = name;
      batch.traces[batch.enforcedTrace[0] ?? 0]?.hits.push(...Array.from({ length: 200 }, () => 0));
      wide(batch, 4_000);
    },
    code: "batch-too-large",
  },
  {
    name: "policies that trigger one another for long",
    change: (batch) => {
      for (let at = 0; at < 20_000; at += 1) batch.hits.push({ ...batch.hits[0]!, trigger: batch.hits.length });
    },
    code: "batch-too-large",
  },
  {
    name: "a bucket after ClickHouse's last",
    change: (batch) => void (batch.bucketStart = 4_294_967_295n),
    code: "bucket-invalid",
  },
  {
    name: "a long name of its Goldmane",
    change: (batch) => void (batch.incarnation = "x".repeat(257)),
    code: "bucket-invalid",
  },
  { name: "more parts than are kept", change: (batch) => void (batch.parts = 70_000), code: "part-invalid" },
  { name: "a correction beyond those", change: (batch) => void (batch.correction = 70_000), code: "bucket-invalid" },
  { name: "a port that is none", change: (batch) => void (batch.destPort[0] = 70_000), code: "port-invalid" },
];

describe("a batch that stands for more than it is", () => {
  it.each(EXPANSIONS)("by $name is refused as $code", ({ change, code }) => {
    const [good] = buildFlowBatches({ incarnation: "g", bucketStart: 1_764_000_000, correction: 0 }, [sampleFlow]);
    const batch = clone(FlowBatchSchema, good!);
    change(batch);
    expect(readFlowColumns(toBinary(FlowBatchSchema, batch))).toMatchObject({ ok: false, error: { code } });
  });
});
