import { describe, expect, it } from "vitest";
import { NOTHING_ORDERED, PROBE_EVERY_MS, decideProbes } from "./probe-orders";

const here = { clusterId: "a", address: "10.1.0.1" };
const there = { clusterId: "b", address: "10.2.0.1" };
const at = (nowMs: number, targets: Parameters<typeof decideProbes>[1]["targets"], before = NOTHING_ORDERED) =>
  decideProbes(before, { clusterId: "a", targets }, nowMs);

describe("decideProbes", () => {
  it.each([
    { name: "another cluster with a probe pod", targets: [here, there], ordered: ["b"] },
    { name: "none in a cluster without a probe pod", targets: [here, { ...there, address: null }], ordered: [] },
    { name: "none of a cluster that takes no part", targets: [there], ordered: [] },
    {
      name: "others of a cluster without a probe pod of its own",
      targets: [{ ...here, address: null }, there],
      ordered: ["b"],
    },
    { name: "never its own", targets: [here], ordered: [] },
  ])("orders $name", ({ targets, ordered }) => {
    expect(at(0, targets).orders.map(({ clusterId }) => clusterId)).toEqual(ordered);
  });

  it("orders a pair once a minute, and at once where the probe pod moved", () => {
    const first = at(1_000, [here, there]);
    const soon = at(2_000, [here, there], first.ordered);
    expect(soon.orders).toEqual([]);
    const moved = at(3_000, [here, { ...there, address: "10.2.0.2" }], soon.ordered);
    expect(moved.orders).toEqual([{ clusterId: "b", address: "10.2.0.2" }]);
    const due = at(3_000 + PROBE_EVERY_MS, [here, { ...there, address: "10.2.0.2" }], moved.ordered);
    expect(due.orders).toHaveLength(1);
  });

  it("forgets a cluster that takes part no longer, so that it is dialled at once when it does again", () => {
    const first = at(0, [here, there]);
    const off = at(1, [here], first.ordered);
    expect(at(2, [here, there], off.ordered).orders).toHaveLength(1);
  });
});
