import type { FlowSummary, HistogramStep } from "@isthmus/flow-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisTimes, barsOf, joinIntervals, niceTop, stepSecondsFor } from "./histogram";
import { decidedBy } from "./policy-name";
import { joinReports, mergeReports, settlingReport, silenceOf } from "./report";
import { traceLines } from "./trace";

const end = (name: string, clusterId: string | null = "eu-west"): FlowSummary["source"] => ({
  clusterId,
  namespace: "boutique",
  workloadKind: "Deployment",
  workloadName: clusterId === null ? "" : name,
  name: `${name}-*`,
  type: clusterId === null ? "network" : "workload",
  labels: [],
  resolution: "local",
});

let next = 0;
const report = (reporter: FlowSummary["reporter"], more: Partial<FlowSummary> = {}): FlowSummary => ({
  id: `f${(next += 1)}`,
  clusterId: "eu-west",
  bucketStartMs: 15_000,
  bucketEndMs: 30_000,
  receivedAtMs: 60_000,
  source: end("cart"),
  dest: end("redis", "us-east"),
  destPort: 6379,
  protocol: "tcp",
  service: { namespace: "", name: "", portName: "", port: 0 },
  reporter,
  action: "allow",
  pendingAction: "unknown",
  deciding: null,
  packetsIn: 1,
  packetsOut: 1,
  bytesIn: 1,
  bytesOut: 1,
  connectionsStarted: 1,
  connectionsCompleted: 0,
  connectionsLive: 0,
  ...more,
});

const shape = (rows: ReturnType<typeof joinReports>) =>
  rows.map(({ atSource, atDest }) => `${atSource?.action ?? "-"} ${atDest?.action ?? "-"}`).sort();

describe("joining the reports of both ends", () => {
  const rows = [
    {
      name: "both ends",
      reports: [report("source"), report("destination", { action: "deny" })],
      expected: ["allow deny"],
    },
    {
      name: "names differ by reporter: a set here, pods there",
      reports: [
        report("source", {
          dest: { ...end("redis", "us-east"), name: "isthmus-12", type: "network-set", resolution: "published" },
        }),
        report("destination"),
      ],
      expected: ["allow allow"],
    },
    { name: "one end alone", reports: [report("destination")], expected: ["- allow"] },
    {
      name: "a denial of the caller reaches nobody",
      reports: [report("source", { action: "deny" }), report("destination")],
      expected: ["- allow", "deny -"],
    },
    {
      name: "part denied there, all let go here",
      reports: [report("source"), report("destination"), report("destination", { action: "deny" })],
      expected: ["allow allow", "allow deny"],
    },
    {
      name: "another port is another flow",
      reports: [report("source"), report("destination", { destPort: 1 })],
      expected: ["- allow", "allow -"],
    },
    {
      name: "another bucket is another row",
      reports: [report("source"), report("destination", { bucketStartMs: 30_000 })],
      expected: ["- allow", "allow -"],
    },
    {
      name: "another cluster's workload of that name is another",
      reports: [report("source"), report("destination", { dest: end("redis", "eu-central") })],
      expected: ["- allow", "allow -"],
    },
  ];
  it.each(rows)("$name", ({ reports, expected }) => {
    expect(shape(joinReports(reports))).toEqual(expected);
    expect(shape(joinReports(reports.toReversed()))).toEqual(expected);
  });

  it("shows every report of the called end, and each caller's report somewhere", () => {
    const some = fc.array(
      fc.record({
        reporter: fc.constantFrom("source" as const, "destination" as const),
        action: fc.constantFrom("allow" as const, "deny" as const),
        destPort: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(some, (specs) => {
        const reports = specs.map(({ reporter, ...more }) => report(reporter, more));
        const joined = joinReports(reports);
        const shown = new Set(joined.flatMap(({ atSource, atDest }) => [atSource?.id, atDest?.id]));
        expect(reports.every(({ id }) => shown.has(id))).toBe(true);
        expect(new Set(joined.map(({ id }) => id)).size).toBe(joined.length);
      }),
    );
  });

  it("says why an end is silent", () => {
    const [stopped] = joinReports([report("source", { action: "deny" })]);
    const [outside] = joinReports([report("source", { dest: end("pub", null) })]);
    const [unseen] = joinReports([report("source")]);
    const all = [stopped, outside, unseen].map((flow) => (flow === undefined ? "" : silenceOf(flow, "dest")));
    expect(all).toEqual(["not-reached", "outside", "not-seen"]);
  });

  it("lets the end that denied settle the row", () => {
    const [row] = joinReports([report("source"), report("destination", { action: "deny" })]);
    expect(row && settlingReport(row)?.action).toBe("deny");
  });
});

describe("merging what arrives", () => {
  it("keeps each report once, newest first, whatever the order of arrival", () => {
    const reports = fc.array(
      fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e"), bucketStartMs: fc.constant(0) }).map(({ id }) =>
        report("source", {
          id,
          bucketStartMs: id.charCodeAt(0) * 1000,
          bucketEndMs: id.charCodeAt(0) * 1000 + 15_000,
        }),
      ),
    );
    const options = { fromMs: 0, limit: 100 };
    fc.assert(
      fc.property(reports, reports, (a, b) => {
        const ids = mergeReports(a, b, options).map(({ id }) => id);
        expect(ids).toEqual([...new Set([...a, ...b].map(({ id }) => id))].sort().reverse());
        expect(mergeReports(b, a, options).map(({ id }) => id)).toEqual(ids);
      }),
    );
  });

  it("drops what left the range, and the oldest beyond the limit", () => {
    const at = (id: string, bucketStartMs: number) =>
      report("source", { id, bucketStartMs, bucketEndMs: bucketStartMs + 15_000 });
    expect(
      mergeReports([at("a", 0)], [at("b", 15_000), at("c", 30_000), at("d", 45_000)], { fromMs: 15_000, limit: 2 }).map(
        ({ id }) => id,
      ),
    ).toEqual(["d", "c"]);
    expect(mergeReports([at("a", 0)], [at("b", 15_000)], { fromMs: 15_000, limit: 9 }).map(({ id }) => id)).toEqual([
      "b",
    ]);
  });
});

describe("histogram", () => {
  it("has few enough bars for any range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 31 * 86_400 }), (seconds) => {
        const step = stepSecondsFor({ fromMs: 0, toMs: seconds * 1000 });
        expect(seconds / step).toBeLessThanOrEqual(72);
        expect(step % 15).toBe(0);
      }),
    );
  });

  it("has a bar for every step, with flows or without, and counts none twice", () => {
    const step = (startMs: number, more: Partial<HistogramStep>): HistogramStep => ({
      startMs,
      allow: 0,
      deny: 0,
      pass: 0,
      unknown: 0,
      pendingDeny: 0,
      ...more,
    });
    const bars = barsOf(
      [step(60_000, { allow: 10, pendingDeny: 3 }), step(120_000, { deny: 4, unknown: 1 })],
      { fromMs: 30_000, toMs: 200_000 },
      60,
    );
    expect(bars.map(({ startMs }) => startMs)).toEqual([0, 60_000, 120_000, 180_000]);
    expect(bars[1]).toEqual({ startMs: 60_000, allow: 7, deny: 0, staged: 3, unknown: 0 });
    expect(bars[2]).toEqual({ startMs: 120_000, allow: 0, deny: 4, staged: 0, unknown: 1 });
  });

  it("has a top that is not below the greatest and not far above it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (greatest) => {
        expect(niceTop(greatest)).toBeGreaterThanOrEqual(greatest);
        expect(niceTop(greatest)).toBeLessThanOrEqual(greatest * 2);
      }),
    );
    expect(niceTop(0)).toBe(1);
  });

  it("writes no more times on the axis than asked for, all within the range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 5, max: 31 * 1_440 }), (fromS, minutes) => {
        const range = { fromMs: fromS * 1000, toMs: fromS * 1000 + minutes * 60_000 };
        const times = axisTimes(range, 7);
        expect(times.length).toBeLessThanOrEqual(8);
        expect(times.every((at) => at >= range.fromMs && at <= range.toMs)).toBe(true);
      }),
    );
  });

  it("joins intervals that overlap or touch", () => {
    const rows = [
      { fromMs: 5, toMs: 7 },
      { fromMs: 0, toMs: 2 },
      { fromMs: 2, toMs: 3 },
      { fromMs: 6, toMs: 6.5 },
    ];
    expect(joinIntervals(rows)).toEqual([
      { fromMs: 0, toMs: 3 },
      { fromMs: 5, toMs: 7 },
    ]);
  });
});

describe("policies in words", () => {
  const policy = {
    kind: "GlobalNetworkPolicy",
    tier: "pci",
    namespace: "",
    name: "pci.db",
    action: "deny",
    ruleIndex: 2,
    byTierDefault: false,
  } as const;
  const rows = [
    { name: "policy and rule, counted from 1", deciding: policy, expected: "pci.db ▸ 3" },
    { name: "the tier is said once", deciding: { ...policy, name: "db" }, expected: "pci.db ▸ 3" },
    {
      name: "with its namespace",
      deciding: { ...policy, kind: "CalicoNetworkPolicy", namespace: "shop" },
      expected: "shop/pci.db ▸ 3",
    },
    {
      name: "a Kubernetes policy",
      deciding: { ...policy, kind: "NetworkPolicy", tier: "default", namespace: "shop", name: "web" },
      expected: "k8s shop/web ▸ 3",
    },
    {
      name: "the tier's default",
      deciding: { ...policy, byTierDefault: true, ruleIndex: -1 },
      expected: "pci.db, no rule",
    },
    { name: "nothing", deciding: null, expected: "" },
  ] as const;
  it.each(rows)("$name", ({ deciding, expected }) => expect(decidedBy(deciding)).toBe(expected));

  it("marks the line that decided, and what staged policies would do as such", () => {
    const hit = {
      kind: "GlobalNetworkPolicy",
      tier: "a",
      namespace: "",
      name: "a.x",
      policyIndex: 0,
      ruleIndex: 0,
      trigger: null,
    } as const;
    const lines = traceLines(
      [
        { ...hit, action: "pass" },
        { ...hit, action: "allow", tier: "b" },
      ],
      [
        { ...hit, action: "pass" },
        { ...hit, kind: "StagedGlobalNetworkPolicy", action: "deny" },
      ],
    );
    expect(lines.map(({ decides, staged, what }) => [decides, staged, what])).toEqual([
      [false, false, "passed on by rule 1"],
      [true, false, "allowed by rule 1"],
      [false, true, "would deny by rule 1"],
    ]);
  });
});
