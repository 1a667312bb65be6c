import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  EvidenceBatchSchema,
  FlowBatchSchema,
  buildFlowBatches,
  flowRows,
  readFlowColumns,
  type HashedFlowRow,
} from "@isthmus/protocol";
import { invariant, takeSteps } from "@isthmus/std";
import { describe, expect, it } from "vitest";
import { encodeContent, encodeFlows } from "../../spool/entry";
import { encodeBucket, type EncodedBucket } from "./encode-bucket";
import { flowRow } from "./testing/flow-row";

const IDENTITY = { incarnation: "g-0", bucketStart: 1_000_005 };
const MAX_BYTES = 64 * 1024;
const labelled = (port: number, length: number): HashedFlowRow => {
  const row = flowRow(port);
  return { ...row, source: { ...row.source, labels: `${port}=`.padEnd(length, "x") } };
};
const many = (count: number, length: number): readonly HashedFlowRow[] =>
  Array.from({ length: count }, (_, index) => labelled(index + 1, length));
const sorted = (ports: readonly number[]): readonly number[] => ports.toSorted((a, b) => a - b);

/** What comes out at the other end. */
function readBack({ contents }: EncodedBucket) {
  const ports: number[] = [];
  const parts: string[] = [];
  const gaps: string[] = [];
  for (const each of contents) {
    expect(each.length).toBeLessThanOrEqual(MAX_BYTES);
    const { content } = fromBinary(EvidenceBatchSchema, each);
    if (content.case === "gap") gaps.push(`${content.value.from}..${content.value.to} ${content.value.reason}`);
    if (content.case !== "flows") continue;
    const columns = readFlowColumns(toBinary(FlowBatchSchema, content.value));
    if (!columns.ok) throw new Error(columns.error.message);
    parts.push(`${columns.value.part}/${columns.value.parts}`);
    ports.push(...flowRows(columns.value).map(({ destPort }) => destPort));
  }
  return { ports: sorted(ports), parts, gaps };
}

describe("encodeBucket", () => {
  it("makes parts smaller until each fits into a frame, and loses no row", () => {
    const rows = many(400, 1_000);
    const made = takeSteps(encodeBucket(IDENTITY, rows, MAX_BYTES));
    const { ports, parts, gaps } = readBack(made);
    expect(ports).toEqual(sorted(rows.map(({ destPort }) => destPort)));
    expect(parts.length).toBeGreaterThan(6);
    expect(parts).toEqual(parts.map((_, index) => `${index}/${parts.length}`));
    expect([gaps, made.lost]).toEqual([[], []]);
  });

  it("cuts the same rows alike in whatever order they come", () => {
    const rows = many(400, 1_000);
    const made = takeSteps(encodeBucket(IDENTITY, rows, MAX_BYTES));
    expect(takeSteps(encodeBucket(IDENTITY, rows.toReversed(), MAX_BYTES))).toEqual(made);
  });

  it("encodes a column at a time what is encoded at once, byte for byte", () => {
    const [value] = buildFlowBatches({ ...IDENTITY, restatedAtMs: 5 }, many(300, 20));
    invariant(value !== undefined, "there is a part");
    expect(takeSteps(encodeFlows(value))).toEqual(encodeContent({ case: "flows", value }));
  });

  it.each([
    { name: "is larger than a frame", row: labelled(9_000, 2 * MAX_BYTES) },
    { name: "says what the wire has no place for", row: { ...flowRow(9_000), packetsIn: -1 } },
    { name: "counts beyond what is a number", row: { ...flowRow(9_000), bytesIn: 2 ** 64 } },
  ])("leaves a row out that $name, names the bucket as a gap, and sends the others", ({ row }) => {
    const rows = [...many(50, 100), row];
    const made = takeSteps(encodeBucket(IDENTITY, rows, MAX_BYTES));
    const { ports, gaps } = readBack(made);
    expect(ports).toEqual(sorted(rows.slice(0, -1).map(({ destPort }) => destPort)));
    expect(gaps).toEqual(["1000005..1000020 unsendable"]);
    expect(made.lost).toEqual([{ incarnation: "g-0", from: 1_000_005, to: 1_000_020, reason: "unsendable" }]);
  });

  it("sends rows that each fill a frame nearly, one by one", () => {
    const rows = many(5, MAX_BYTES - 500);
    const { ports, gaps } = readBack(takeSteps(encodeBucket(IDENTITY, rows, MAX_BYTES)));
    expect([ports, gaps]).toEqual([[1, 2, 3, 4, 5], []]);
  });
});
