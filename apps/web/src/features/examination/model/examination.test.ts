import { describe, expect, it } from "vitest";
import { groupFindings, summaryOf, wanting, type Finding, type FindingState } from "./finding";
import { lacksOf, missingLines, type GivenFacts } from "./lacks";
import { meshFindings, type MeshInput } from "./mesh-findings";

const finding = (id: string, group: string, state: FindingState): Finding => ({
  id,
  group,
  title: id,
  state,
  seen: "",
  advice: "",
  remedy: "",
});

describe("findings", () => {
  const some = [
    finding("a", "calico", "ok"),
    finding("b", "goldmane", "warning"),
    finding("c", "calico", "unknown"),
    finding("d", "later", "failing"),
    finding("e", "goldmane", "not-applicable"),
  ];

  it("come group by group, the worst first", () => {
    expect(groupFindings(some).map(({ title, findings }) => [title, findings.map(({ id }) => id)])).toEqual([
      ["later", ["d"]],
      ["Calico", ["c", "a"]],
      ["Goldmane", ["b", "e"]],
    ]);
  });

  it("are counted, and what is unknown is not ok", () => {
    expect(summaryOf(some)).toBe("1 failing, 1 unknown, 1 warning, 1 ok");
    expect(wanting(some)).toBe(2);
    expect(summaryOf([])).toBe("nothing was looked at");
  });
});

describe("meshFindings", () => {
  const base: MeshInput = {
    podCidrs: ["10.1.0.0/16"],
    network: "default",
    others: 1,
    untold: 0,
    unseen: { any: false, untold: false },
    shared: [],
    clockOffsetMs: -40,
  };
  const range = "10.1.0.0/16";
  const rows: { name: string; change: Partial<MeshInput>; expected: [FindingState, RegExp] }[] = [
    { name: "ranges apart", change: {}, expected: ["ok", /1 other cluster of the network default/u] },
    { name: "no other cluster", change: { others: 0 }, expected: ["not-applicable", /no other/u] },
    {
      name: "a shared range",
      change: { shared: [{ otherName: "west", range, otherRange: "10.1.4.0/24" }] },
      expected: ["failing", /^10\.1\.0\.0\/16 overlaps 10\.1\.4\.0\/24 of west$/u],
    },
    {
      name: "a range shared with a cluster out of sight, of which nothing is told",
      change: { shared: [{ otherName: undefined, range, otherRange: "" }] },
      expected: ["failing", /^10\.1\.0\.0\/16 is shared with another cluster, which you cannot see$/u],
    },
    { name: "no ranges of its own", change: { podCidrs: [] }, expected: ["unknown", /does not tell/u] },
    {
      name: "another without ranges",
      change: { others: 2, untold: 1 },
      expected: ["unknown", /1 of 2 other clusters/u],
    },
    {
      name: "more out of sight, and not how many",
      change: { unseen: { any: true, untold: false } },
      expected: ["ok", /with 1 other cluster of the network default, nor with those that you cannot see$/u],
    },
    {
      name: "others out of sight alone",
      change: { others: 0, unseen: { any: true, untold: false } },
      expected: ["ok", /with those of the network default, which you cannot see$/u],
    },
    {
      name: "one out of sight without ranges",
      change: { unseen: { any: true, untold: true } },
      expected: ["unknown", /; one that you cannot see does not$/u],
    },
  ];
  it.each(rows)("$name", ({ change, expected: [state, seen] }) => {
    const [ranges] = meshFindings({ ...base, ...change });
    expect(ranges?.state).toBe(state);
    expect(ranges?.seen).toMatch(seen);
  });

  it.each<[number | undefined, FindingState, RegExp]>([
    [4_900, "ok", /4900 ms/u],
    [-20_000, "warning", /20 s behind/u],
    [60_000, "failing", /60 s ahead of/u],
    [undefined, "unknown", /no heartbeat/u],
  ])("a clock that is %s ms ahead: %s", (clockOffsetMs, state, seen) => {
    const [, clock] = meshFindings({ ...base, clockOffsetMs });
    expect(clock?.state).toBe(state);
    expect(clock?.seen).toMatch(seen);
  });
});

describe("lacksOf", () => {
  const all: GivenFacts = { goldmane: "connected", calicoApi: "projectcalico.org/v3", missingPermissions: [] };
  const rows: { name: string; change: Partial<GivenFacts>; expected: string[] }[] = [
    { name: "all is given", change: {}, expected: [] },
    { name: "the first stream is not yet there", change: { goldmane: "not connected yet" }, expected: [] },
    { name: "no Goldmane", change: { goldmane: "no route" }, expected: ["flows: no route"] },
    {
      name: "read only",
      change: { calicoApi: "crd.projectcalico.org/v1" },
      expected: [
        "policies: read only: it serves only crd.projectcalico.org/v1",
        "sets: read only: it serves only crd.projectcalico.org/v1",
      ],
    },
    {
      name: "no Calico",
      change: { calicoApi: "" },
      expected: ["policies: it serves no API of Calico", "sets: it serves no API of Calico"],
    },
    {
      name: "permissions to read",
      change: { missingPermissions: ["list v1 pods", "list batch/v1 jobs"] },
      expected: ["inventory: its agent may not list pods; list jobs"],
    },
    {
      name: "permissions to write",
      change: {
        missingPermissions: [
          "create projectcalico.org/v3 tiers",
          "delete projectcalico.org/v3 tiers",
          "update projectcalico.org/v3 globalnetworksets",
        ],
      },
      expected: [
        "policies: its agent may not create, delete tiers",
        "sets: its agent may not update globalnetworksets",
      ],
    },
  ];
  it.each(rows)("$name", ({ change, expected }) => {
    expect(lacksOf({ ...all, ...change }).map(({ need, why }) => `${need}: ${why}`)).toEqual(expected);
  });

  it("is told of the needs of a page alone, in their order", () => {
    const cluster = (name: string, ...needs: ("flows" | "policies")[]) => ({
      id: name,
      name,
      ordinal: 0,
      lacks: needs.map((need) => ({ need, why: "x" })),
    });
    const clusters = [cluster("a", "flows", "policies"), cluster("b", "flows"), cluster("c")];
    const lines = (needs: readonly ("flows" | "policies" | "sets")[]) =>
      missingLines(clusters, needs).map((line) => `${line.need} ${line.clusters.map(({ name }) => name).join()}`);
    expect(lines(["policies", "flows"])).toEqual(["policies a", "flows a,b"]);
    expect(lines(["sets"])).toEqual([]);
  });
});
