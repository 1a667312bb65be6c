import { describe, expect, it } from "vitest";
import { podRangeOverlaps } from "./pod-ranges";

describe("podRangeOverlaps", () => {
  const west = { id: "1", name: "eu-west", podCidrs: ["10.10.0.0/16"] };
  const south = { id: "2", name: "ap-south", podCidrs: ["10.20.0.0/16", "10.10.128.0/17"] };
  const east = { id: "3", name: "us-east", podCidrs: ["10.30.0.0/16"] };
  it("names the other cluster and both ranges", () => {
    expect(podRangeOverlaps(south, [west, south, east])).toEqual([
      { otherId: "1", otherName: "eu-west", range: "10.10.128.0/17", otherRange: "10.10.0.0/16" },
    ]);
  });
  it("finds nothing where nothing overlaps", () => {
    expect(podRangeOverlaps(east, [west, south, east])).toEqual([]);
  });
});
