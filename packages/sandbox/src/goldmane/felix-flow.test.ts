import { Action, EndpointType, PolicyKind, Reporter } from "@isthmus/goldmane-api";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import { address, ask, namespace, networkSet, pod, policy, testCluster, tier } from "../dataplane/testing/cluster";
import { flowOf } from "./felix-flow";
import { createFelixReporter } from "./felix-reporter";

const generated = (value: KubeObject, generateName: string): KubeObject => ({
  ...value,
  metadata: { ...value.metadata, generateName },
});
const COUNTERS = { packetsIn: 1, packetsOut: 2, bytesIn: 3, bytesOut: 4, started: 1, completed: 0, live: 1 };

const WORLD: readonly KubeObject[] = [
  namespace("shop"),
  tier("a", 1, "Pass"),
  generated(pod("shop/web-7f-x1", "10.0.0.1", { labels: { app: "web", hash: "1" } }), "web-7f-"),
  generated(pod("shop/web-7f-x2", "10.0.0.2", { labels: { app: "web", hash: "2" } }), "web-7f-"),
  pod("shop/db-0", "10.0.0.3", { labels: { app: "db" } }),
  networkSet("wide", ["198.51.100.0/24"]),
  networkSet("narrow", ["198.51.100.0/28"], { role: "x" }),
  networkSet("also-narrow", ["198.51.100.0/28"]),
  networkSet("shop/own", ["198.51.0.0/16"]),
  networkSet("elsewhere/other", ["198.51.100.1/32", "203.0.113.1/32"]),
  networkSet("far", ["203.0.113.0/24"]),
];

function observe(cluster: ReturnType<typeof testCluster>, from: string, to: string, reporter: "src" | "dst" = "src") {
  const what = "tcp/80";
  const verdict = ask(cluster, { direction: reporter === "src" ? "egress" : "ingress", from, to, what });
  return {
    reporter,
    protocol: 6,
    source: address(from),
    destination: address(to),
    destinationPort: 80,
    service: undefined,
    verdict,
    counters: COUNTERS,
  };
}

const identify = (objects: readonly KubeObject[], from: string, to: string, reporter: "src" | "dst" = "src") => {
  const cluster = testCluster(objects);
  return flowOf(observe(cluster, from, to, reporter), cluster.dataplane.program(), 0).identity;
};

describe("names of the ends", () => {
  it("aggregates pods by generateName and names others whole", () => {
    expect(identify(WORLD, "10.0.0.1", "10.0.0.3")).toMatchObject({
      sourceName: "web-7f-*",
      sourceNamespace: "shop",
      sourceType: EndpointType.WorkloadEndpoint,
      destName: "db-0",
      destServiceName: "-",
      destServicePort: 0,
      proto: "tcp",
      reporter: Reporter.Src,
      action: Action.Allow,
    });
  });

  it.each([
    ["own namespace before a longer prefix of a global set", "198.51.100.1", "own", "shop"],
    ["global before another namespace's, then by name", "203.0.113.1", "far", "-"],
  ])("%s", (_name, to, destName, destNamespace) => {
    expect(identify(WORLD, "10.0.0.1", to)).toMatchObject({
      destName,
      destNamespace,
      destType: EndpointType.NetworkSet,
    });
  });

  it("takes the longest prefix, then the first name, among sets of one rank", () => {
    const without = WORLD.filter(({ metadata }) => metadata.name !== "own");
    expect(identify(without, "10.0.0.1", "198.51.100.1").destName).toBe("also-narrow");
    expect(identify(without, "10.0.0.1", "198.51.100.99").destName).toBe("wide");
  });

  it.each([
    ["192.0.2.1", "pub"],
    ["10.99.0.1", "pvt"],
  ])("calls %s %s", (to, destName) => {
    expect(identify(WORLD, "10.0.0.1", to)).toMatchObject({
      destName,
      destNamespace: "-",
      destType: EndpointType.Network,
    });
  });
});

describe("traces", () => {
  it("tell policies, ends of tiers and profiles apart", () => {
    const objects = [
      ...WORLD,
      policy("GlobalNetworkPolicy", "a.p", {
        tier: "a",
        types: ["Egress"],
        egress: [{ action: "Deny", protocol: "UDP" }],
      }),
      policy("StagedNetworkPolicy", "shop/default.s", { types: ["Egress"], egress: [{ action: "Deny" }] }),
    ];
    const { enforced, pending } = identify(objects, "10.0.0.1", "10.0.0.3");
    expect(enforced).toEqual([
      {
        kind: PolicyKind.EndOfTier,
        namespace: "",
        name: "",
        tier: "a",
        action: Action.Pass,
        policyIndex: 0,
        ruleIndex: -1,
        trigger: {
          kind: PolicyKind.GlobalNetworkPolicy,
          namespace: "",
          name: "a.p",
          tier: "a",
          action: Action.ActionUnspecified,
          policyIndex: 0,
          ruleIndex: 0,
        },
      },
      {
        kind: PolicyKind.Profile,
        namespace: "",
        name: "kns.shop",
        tier: "",
        action: Action.Allow,
        policyIndex: 1,
        ruleIndex: 0,
      },
    ]);
    expect(pending.at(-1)).toEqual({
      kind: PolicyKind.StagedNetworkPolicy,
      namespace: "shop",
      name: "default.s",
      tier: "default",
      action: Action.Deny,
      policyIndex: 1,
      ruleIndex: 0,
    });
  });
});

describe("aggregation", () => {
  it("adds counters of a flow, keeps the labels that all its pods have, and starts anew after a flush", () => {
    const cluster = testCluster(WORLD);
    const reporter = createFelixReporter(100_500);
    const program = cluster.dataplane.program();
    reporter.observe(observe(cluster, "10.0.0.1", "10.0.0.3"), program);
    reporter.observe(observe(cluster, "10.0.0.2", "10.0.0.3"), program);
    reporter.observe(observe(cluster, "10.0.0.2", "10.0.0.3", "dst"), program);
    const flows = reporter.flush(115_700);
    expect(flows).toHaveLength(2);
    expect(flows[0]?.startTime).toBe(100);
    expect(flows[0]?.counters).toEqual({
      packetsIn: 2,
      packetsOut: 4,
      bytesIn: 6,
      bytesOut: 8,
      started: 2,
      completed: 0,
      live: 2,
    });
    expect([...(flows[0]?.sourceLabels ?? [])]).toEqual(["app=web"]);
    expect([...(flows[0]?.destLabels ?? [])]).toEqual(["app=db"]);
    reporter.observe(observe(cluster, "10.0.0.1", "10.0.0.3"), program);
    expect(reporter.flush(130_000).map(({ startTime }) => startTime)).toEqual([115]);
    expect(reporter.flush(145_000)).toEqual([]);
  });
});
