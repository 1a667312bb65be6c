import { create, equals } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { encodeAgentFrame, encodeGatewayFrame } from "./codec";
import { DesiredStateSchema, InventoryChunkSchema } from "./messages";
import { chunkParts, createChunkJoiner, createDesiredJoiner, desiredBytes, desiredParts } from "./parts";

const ref = (name: string) => ({ apiVersion: "v1", kind: "Pod", namespace: "n", name });
const chunk = (count: number, bytes: number) =>
  create(InventoryChunkSchema, {
    chunk: 7,
    resources: Array.from({ length: count }, (_, n) => ({ ref: ref(`é${n}`), uid: "u", body: new Uint8Array(bytes) })),
  });
const desired = (count: number, bytes: number) =>
  create(DesiredStateSchema, {
    revision: 9n,
    baseRevision: 4n,
    upserts: Array.from({ length: count }, (_, n) => ({ ref: ref(`u${n}`), body: new Uint8Array(bytes), position: n })),
    removals: Array.from({ length: count }, (_, n) => ({ ref: ref(`r${n}`), recordedUid: "x", position: n })),
  });

describe("a chunk in parts", () => {
  it.each([
    { name: "nothing", count: 0, bytes: 0, parts: 1 },
    { name: "what fits into one frame", count: 3, bytes: 1_000, parts: 1 },
    { name: "what does not", count: 30, bytes: 1_000, parts: 4 },
    { name: "resources that are too large for a part, each alone", count: 3, bytes: 20_000, parts: 3 },
  ])("$name: $parts frames, which join to the same", ({ count, bytes, parts }) => {
    const message = chunk(count, bytes);
    const cut = chunkParts(message, 10_000);
    expect(cut).toHaveLength(parts);
    const joiner = createChunkJoiner();
    const joined = cut.map((part) => joiner.take(part));
    expect(joined.slice(0, -1).every(({ kind }) => kind === "waiting")).toBe(true);
    expect(joined.at(-1)).toMatchObject({ kind: "whole" });
    expect(joined.at(-1)?.kind === "whole" && equals(InventoryChunkSchema, whole(joined), message)).toBe(true);
  });

  it("makes frames of about the size asked for", () => {
    const sizes = chunkParts(chunk(200, 900), 10_000).map((value) => {
      const frame = encodeAgentFrame({ case: "inventoryChunk", value });
      return frame.ok ? frame.value.length : 0;
    });
    expect(Math.max(...sizes)).toBeLessThan(10_000);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(7_000);
  });

  it.each([
    { name: "a part left out", order: [0, 2] },
    { name: "one twice", order: [0, 1, 1] },
    { name: "no beginning", order: [1] },
  ])("does not join with $name", ({ order }) => {
    const parts = chunkParts(chunk(30, 1_000), 10_000);
    const joiner = createChunkJoiner();
    expect(order.map((index) => joiner.take(parts[index]!)).at(-1)?.kind).toBe("misfit");
  });

  it("does not join with another chunk between, or with more parts than there may be", () => {
    const parts = chunkParts(chunk(30, 1_000), 10_000);
    const joiner = createChunkJoiner();
    joiner.take(parts[0]!);
    expect(joiner.take({ ...parts[1]!, chunk: 8 }).kind).toBe("misfit");
    expect(joiner.take({ ...parts[0]!, parts: 257 }).kind).toBe("misfit");
  });
});

describe("a desired state in parts", () => {
  it("joins to the same, removals too", () => {
    const state = desired(40, 700);
    const joiner = createDesiredJoiner();
    const joined = desiredParts(state, 10_000).map((part) => joiner.take(part));
    expect(joined.length).toBeGreaterThan(3);
    expect(joined.at(-1)?.kind === "whole" && equals(DesiredStateSchema, whole(joined), state)).toBe(true);
  });

  it("lets a newer state overtake one whose parts are still to come", () => {
    const joiner = createDesiredJoiner();
    joiner.take(desiredParts(desired(40, 700), 10_000)[0]!);
    expect(joiner.take(desired(1, 10)).kind).toBe("whole");
    joiner.take(desiredParts(desired(40, 700), 10_000)[0]!);
    const parts = desiredParts({ ...desired(40, 700), revision: 10n }, 10_000);
    expect(parts.map((part) => joiner.take(part)).at(-1)?.kind).toBe("whole");
  });

  it("is never larger than said", () => {
    const state = desired(40, 700);
    const frame = encodeGatewayFrame({ case: "desired", value: state });
    expect(frame.ok ? frame.value.length : Number.POSITIVE_INFINITY).toBeLessThan(desiredBytes(state));
  });
});

function whole<T>(joined: readonly { readonly kind: string; readonly message?: T }[]): T {
  const message = joined.at(-1)?.message;
  if (message === undefined) throw new Error("nothing is whole");
  return message;
}
