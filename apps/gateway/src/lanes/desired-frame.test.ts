import type { DesiredObject } from "@isthmus/db";
import { describe, expect, it } from "vitest";
import { createDesiredFrames } from "./desired-frame";

const object = (name: string, position: number, withdrawn = false): DesiredObject => ({
  ref: { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy", namespace: "", name },
  hash: new Uint8Array(32),
  body: { z: 1, a: { c: [2], b: 1 } },
  position,
  origin: { kind: "tier", tier: "t" },
  revision: 2n,
  withdrawn,
  recordedUid: `uid-${name}`,
});

describe("desiredFrame", () => {
  it("puts removals where their plan has them, those of older plans last", () => {
    const frame = createDesiredFrames().frame({ revision: 2n, baseRevision: 1n }, [
      object("a", 7, true),
      object("b", 2_000_001),
      object("c", 2_000_000, true),
      object("d", 2_000_001),
    ]);
    expect(frame.upserts.map(({ ref, position }) => [ref?.name, position])).toEqual([
      ["b", 2_000_001],
      ["d", 2_000_001],
    ]);
    expect(frame.removals.map(({ ref, position, recordedUid }) => [ref?.name, position, recordedUid])).toEqual([
      ["a", 0, "uid-a"],
      ["c", 2_000_000, "uid-c"],
    ]);
    expect(frame).toMatchObject({ revision: 2n, baseRevision: 1n });
  });

  it("writes bodies as canonical JSON, whatever order of keys the store gave", () => {
    const [upsert] = createDesiredFrames().frame({ revision: 1n, baseRevision: 0n }, [object("a", 0)]).upserts;
    expect(new TextDecoder().decode(upsert?.body)).toBe('{"a":{"b":1,"c":[2]},"z":1}');
  });
});
