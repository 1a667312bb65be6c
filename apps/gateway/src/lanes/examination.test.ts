import { create } from "@bufbuild/protobuf";
import { FindingSchema, FindingState } from "@isthmus/protocol";
import { describe, expect, it } from "vitest";
import { boundedFindings, examinedAt } from "./examination";

const finding = create(FindingSchema, { id: "calico.version", group: "calico", state: FindingState.OK, seen: "3.32" });

describe("boundedFindings", () => {
  it("keeps what an agent usually sends", () => {
    expect(boundedFindings([finding])).toEqual([
      { id: "calico.version", group: "calico", title: "", state: "ok", seen: "3.32", advice: "", remedy: "" },
    ]);
  });

  it("bounds how many there are and how long each is", () => {
    const many = Array.from({ length: 5_000 }, () => ({ ...finding, id: "x".repeat(9_000), seen: "é".repeat(90_000) }));
    const kept = boundedFindings(many);
    expect(kept).toHaveLength(100);
    expect(kept[0]?.id).toHaveLength(300);
    expect(kept[0]?.seen).toHaveLength(2_000);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(1_048_576);
  });

  it.each([
    ["one that is not set", FindingState.UNSPECIFIED],
    ["one of a later version", 99 as FindingState],
  ])("reads %s as unknown", (_, state) => {
    expect(boundedFindings([{ ...finding, state }])[0]?.state).toBe("unknown");
  });

  it("leaves out what Postgres cannot hold", () => {
    expect(boundedFindings([{ ...finding, seen: "a\0b" }])[0]?.seen).toBe("ab");
  });

  it("cuts no character in half", () => {
    const [kept] = boundedFindings([
      { ...finding, seen: `${"x".repeat(1_998)}\u{1F512}and more`, id: "\u{1F512}".repeat(200) },
    ]);
    expect(kept?.seen).toBe(`${"x".repeat(1_998)}…`);
    expect(`${kept?.seen}${kept?.id}`).not.toMatch(/\p{Cs}/u);
  });
});

describe("examinedAt", () => {
  const received = new Date(1_700_000_000_000);
  it.each([
    { name: "as the agent says", ms: 1_600_000_000_123n, at: new Date(1_600_000_000_123) },
    { name: "as it came, before Postgres can tell the time", ms: -8_640_000_000_000_000n, at: received },
    { name: "as it came, in a year of five digits", ms: 253_402_300_800_000n, at: received },
    { name: "as it came, beyond all dates", ms: 2n ** 63n - 1n, at: received },
  ])("is $name", ({ ms, at }) => expect(examinedAt(ms, received)).toEqual(at));
});
