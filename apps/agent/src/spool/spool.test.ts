import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EvidenceBatchSchema, FlowBatchSchema } from "@isthmus/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeContent, type EncodedContent } from "./entry";
import type { LostRange } from "./lost-evidence";
import { Spool, type SpoolOptions } from "./spool";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "isthmus-spool-"));
  nowMs = 0;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const BUCKET = 15;
const START = 1_700_000_010;
const bucketContent = (index: number, padding = 0, part = 0): EncodedContent =>
  encodeContent({
    case: "flows",
    value: create(FlowBatchSchema, {
      incarnation: "g-0",
      bucketStart: BigInt(START + index * BUCKET),
      part,
      strings: ["", "x".repeat(padding)],
    }),
  });
const cursorAt = (index: number) => ({ incarnation: "g-0", through: START + (index + 1) * BUCKET });

let nowMs = 0;
const clocks = { wall: () => nowMs, steady: () => nowMs };

function open(options: Partial<SpoolOptions> = {}): Spool {
  return new Spool({ directory, maxBytes: 1e9, maxAgeMs: 1e12, lost: () => undefined, clocks, ...options });
}

const segments = (): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".segment"))
    .toSorted();

function waitingIn(spool: Spool): { sequence: number; text: string }[] {
  const found: { sequence: number; text: string }[] = [];
  for (let at = 0; ;) {
    const batch = spool.nextAfter(at);
    if (batch === undefined) return found;
    at = Number(batch.sequence);
    const { content } = fromBinary(EvidenceBatchSchema, toBinary(EvidenceBatchSchema, batch));
    const text =
      content.case === "gap"
        ? `gap ${(Number(content.value.from) - START) / BUCKET}..${(Number(content.value.to) - START) / BUCKET} ${content.value.reason}`
        : `bucket ${(Number(content.value?.bucketStart) - START) / BUCKET}.${content.case === "flows" ? content.value.part : ""}`;
    found.push({ sequence: at, text });
  }
}

const texts = (spool: Spool): string[] => waitingIn(spool).map(({ text }) => text);

describe("Spool", () => {
  it("gives the gap that it leaves in place of a batch that is too large to be sent", () => {
    const lost: LostRange[] = [];
    const spool = open({ lost: (ranges) => lost.push(...ranges) });
    spool.append([bucketContent(0), bucketContent(1, 5_000), bucketContent(2)], cursorAt(2));
    const sent = [0, 1, 2].map((sequence) => spool.nextAfter(sequence, 4_000));
    expect(sent.map((batch) => Number(batch?.sequence))).toEqual([1, 2, 3]);
    const { content } = fromBinary(EvidenceBatchSchema, toBinary(EvidenceBatchSchema, sent[1]!));
    const from = START + BUCKET;
    expect(content.value).toMatchObject({ from: BigInt(from), to: BigInt(from + BUCKET), reason: "unsendable" });
    expect(lost).toEqual([{ incarnation: "g-0", from, to: from + BUCKET, reason: "unsendable" }]);
    spool.acknowledge(3);
    expect(spool.waiting.batches).toBe(0);
  });

  it("gives batches back in order, as they went in, until they are acknowledged", () => {
    const spool = open();
    for (const index of [0, 1, 2]) spool.append([bucketContent(index)], cursorAt(index));
    expect(texts(spool)).toEqual(["bucket 0.0", "bucket 1.0", "bucket 2.0"]);
    spool.acknowledge(2);
    expect(texts(spool)).toEqual(["bucket 2.0"]);
    spool.close();
    const again = open();
    expect(waitingIn(again)).toEqual([{ sequence: 3, text: "bucket 2.0" }]);
    expect(again.cursor).toEqual(cursorAt(2));
    again.close();
  });

  it("keeps its cursor and its sequence when everything was acknowledged and its files are gone", () => {
    const spool = open({ maxBytes: 1 });
    spool.append([bucketContent(0, 70_000)], cursorAt(0));
    spool.close();
    for (let round = 0; round < 3; round += 1) {
      const each = open();
      each.acknowledge(1);
      expect(each.cursor).toEqual(cursorAt(0));
      each.close();
    }
    const last = open();
    last.append([bucketContent(1)], cursorAt(1));
    expect(waitingIn(last)[0]?.sequence).toBeGreaterThan(1);
    last.close();
  });

  it("drops the oldest when it is full, and says which buckets", () => {
    const lost: LostRange[] = [];
    const spool = open({ maxBytes: 400_000, lost: (ranges) => lost.push(...ranges) });
    for (let index = 0; index < 40; index += 1) spool.append([bucketContent(index, 30_000)], cursorAt(index));
    expect(spool.waiting.bytes).toBeLessThanOrEqual(400_000);
    const waiting = texts(spool);
    const gaps = waiting.filter((text) => text.startsWith("gap"));
    const kept = waiting.filter((text) => text.startsWith("bucket")).map((text) => Number.parseInt(text.slice(7), 10));
    const named = gaps.flatMap((text) => {
      const [from = 0, to = 0] = /(\d+)\.\.(\d+)/u.exec(text)?.slice(1).map(Number) ?? [];
      return Array.from({ length: to - from }, (_, index) => from + index);
    });
    expect(gaps.every((text) => text.endsWith("spool-full"))).toBe(true);
    expect([...named, ...kept].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(lost.length).toBeGreaterThan(0);
    spool.close();
    const again = open({ maxBytes: 400_000 });
    expect(texts(again)).toEqual(waiting);
    again.close();
  });

  it("drops what is too old", () => {
    const spool = open({ maxAgeMs: 1_000 });
    spool.append([bucketContent(0)], cursorAt(0));
    nowMs = 500;
    spool.append([bucketContent(1)], cursorAt(1));
    nowMs = 900;
    spool.keepWithinLimits();
    expect(texts(spool)).toEqual(["bucket 0.0", "bucket 1.0"]);
    nowMs = 1_200;
    spool.keepWithinLimits();
    expect(texts(spool)).toEqual(["gap 0..2 spool-full"]);
    spool.close();
  });

  it("finishes a drop that a crash interrupted: no bucket is both lost and kept", () => {
    const spool = open({ maxAgeMs: 1_000 });
    spool.append([bucketContent(0)], cursorAt(0));
    const before = new Map(segments().map((name) => [name, readFileSync(join(directory, name))]));
    nowMs = 5_000;
    spool.keepWithinLimits();
    spool.close();
    // As if the process had died between writing the gap record and removing the file.
    for (const [name, bytes] of before) writeFileSync(join(directory, name), bytes);
    const again = open();
    expect(texts(again)).toEqual(["gap 0..1 spool-full"]);
    again.close();
  });

  it("notices that its files were taken away", () => {
    const spool = open();
    expect(spool.destroyed()).toBe(false);
    rmSync(directory, { recursive: true });
    expect(spool.destroyed()).toBe(true);
    spool.close();
  });

  it("names what a damaged segment swallowed", () => {
    const spool = open({ maxBytes: 1e6 });
    for (let index = 0; index < 6; index += 1) spool.append([bucketContent(index, 40_000)], cursorAt(index));
    spool.close();
    const first = join(directory, segments()[0] ?? "");
    const bytes = readFileSync(first);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 0xff;
    writeFileSync(first, bytes);
    const lost: LostRange[] = [];
    const again = open({ lost: (ranges) => lost.push(...ranges) });
    const waiting = texts(again);
    expect(lost).toHaveLength(1);
    const [gap] = lost;
    const missing = [0, 1, 2, 3, 4, 5].filter((index) => !waiting.includes(`bucket ${index}.0`));
    expect(missing.length).toBeGreaterThan(0);
    expect(gap).toMatchObject({
      reason: "spool-lost",
      from: START + (missing[0] ?? 0) * BUCKET,
      to: START + ((missing.at(-1) ?? 0) + 1) * BUCKET,
    });
    again.close();
  });

  it("holds whole groups only, wherever its last file was cut off", () => {
    const group = fc.record({ parts: fc.integer({ min: 1, max: 3 }), padding: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (groups, cut, garbage) => {
          rmSync(directory, { recursive: true, force: true });
          const spool = open();
          for (const [index, { parts, padding }] of groups.entries()) {
            const contents = Array.from({ length: parts }, (_, part) => bucketContent(index, padding, part));
            spool.append(contents, cursorAt(index));
          }
          const all = texts(spool);
          spool.close();
          const last = join(directory, segments().at(-1) ?? "");
          const bytes = readFileSync(last);
          const keep = Math.floor(bytes.length * cut);
          truncateSync(last, keep);
          if (garbage) writeFileSync(last, Buffer.concat([bytes.subarray(0, keep), Buffer.from("not a record")]));
          const again = open();
          const kept = texts(again);
          expect(kept).toEqual(all.slice(0, kept.length));
          const groupsKept = groups.findIndex((_, index) => !kept.includes(`bucket ${index}.0`));
          const whole = groupsKept < 0 ? groups : groups.slice(0, groupsKept);
          expect(kept).toHaveLength(whole.reduce((sum, { parts }) => sum + parts, 0));
          expect(again.cursor).toEqual(whole.length === 0 ? undefined : cursorAt(whole.length - 1));
          again.append([bucketContent(99)], cursorAt(99));
          const sequences = waitingIn(again).map(({ sequence }) => sequence);
          expect(new Set(sequences).size).toBe(sequences.length);
          expect(texts(again)).toEqual([...kept, "bucket 99.0"]);
          again.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});
