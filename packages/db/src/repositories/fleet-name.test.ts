import { describe, expect, it } from "vitest";
import { fleetNames, NAME_PREFIX_MAX } from "./fleet-name";

function first(count: number, prefix: string, uid: string): readonly string[] {
  const names = fleetNames(prefix, uid);
  return Array.from({ length: count }, () => String(names.next().value));
}

describe("names of a fleet's clusters", () => {
  it("begin with the prefix and the UID, and take more of it, then numbers", () => {
    expect(first(6, "edge", "7B1c8f86-6a9e-4c9b-9a3e-0b8a1f5f2d11")).toEqual([
      "edge-7b1c8f86",
      "edge-7b1c8f866a9e",
      "edge-7b1c8f866a9e4c9b9a3e",
      "edge-7b1c8f866a9e4c9b9a3e0b8a1f5f2d11",
      "edge-7b1c8f86-2",
      "edge-7b1c8f86-3",
    ]);
  });

  it.each([
    { name: "no UID", uid: "", expected: ["edge-2", "edge-3"] },
    { name: "a UID without digits", uid: "--__", expected: ["edge-2", "edge-3"] },
    { name: "a short UID", uid: "ab", expected: ["edge-ab", "edge-ab-2"] },
  ])("are numbered with $name", ({ uid, expected }) => {
    expect(first(2, "edge", uid)).toEqual(expected);
  });

  it("are DNS labels with the longest prefix", () => {
    const names = first(8, "p".repeat(NAME_PREFIX_MAX), "f".repeat(400));
    expect(names.filter((name) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))).toEqual([]);
  });
});
