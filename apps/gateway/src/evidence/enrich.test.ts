import type { HashedFlowRow } from "@isthmus/protocol";
import { sampleFlow } from "@isthmus/protocol/testing";
import { describe, expect, it } from "vitest";
import { enrichFlow, publishedNames } from "./enrich";

const flow: HashedFlowRow = { ...sampleFlow, keyHash: 7n };
const set = (name: string) => ({
  ...flow.dest,
  name,
  namespace: "",
  type: 3,
  workloadKind: "",
  workload: "",
  labels: "isthmus.io/managed=true",
});
const remote = {
  name: "isthmus-0a1b2c3d4e-0",
  sourceClusterId: "us-east",
  namespace: "boutique",
  workloadKind: "Deployment",
  workloadName: "payment",
};
const resolve = (name: string) => (name === remote.name ? remote : undefined);

describe("enrichFlow", () => {
  it("names workloads of the reporting cluster as they were reported", () => {
    expect(enrichFlow(flow, "eu-west", resolve).source).toEqual({
      clusterId: "eu-west",
      namespace: "boutique",
      workloadKind: "Deployment",
      workloadName: "checkout",
      name: "checkout-*",
      type: "workload",
      labels: ["app=checkout"],
      resolution: "local",
    });
  });

  it("gives a set of ours the workload that it stands for", () => {
    expect(enrichFlow({ ...flow, dest: set(remote.name) }, "eu-west", resolve).dest).toMatchObject({
      clusterId: "us-east",
      namespace: "boutique",
      workloadKind: "Deployment",
      workloadName: "payment",
      name: remote.name,
      resolution: "published",
    });
  });

  it.each([
    { name: "a set of ours that nobody knows", end: set("isthmus-ffffffffff-0") },
    { name: "a set of somebody else's", end: set("partners") },
    { name: "a network that carries the name of a set of ours", end: { ...set(remote.name), type: 4 } },
    { name: "the private network", end: { ...set("pvt"), type: 4 } },
    { name: "a type of a newer Goldmane", end: { ...set("x"), type: 99 } },
  ])("leaves $name unresolved", ({ end }) => {
    expect(enrichFlow({ ...flow, dest: end }, "eu-west", resolve).dest).toMatchObject({
      clusterId: null,
      workloadName: "",
      name: end.name,
      resolution: "unresolved",
    });
  });

  it("keeps the verdict, the reporter and the trace with its trigger", () => {
    expect(enrichFlow(flow, "eu-west", resolve)).toMatchObject({
      reporter: "destination",
      action: "deny",
      enforcedTrace: [
        {
          kind: "EndOfTier",
          tier: "boutique",
          action: "deny",
          ruleIndex: -1,
          trigger: { kind: "GlobalNetworkPolicy", name: "boutique.pay" },
        },
      ],
      pendingTrace: [],
      bytesIn: 2_400,
    });
  });

  it("asks only for sets of ours, each once", () => {
    const rows = [
      flow,
      { ...flow, dest: set(remote.name) },
      { ...flow, source: set(remote.name), dest: set("partners") },
    ];
    expect(publishedNames(rows)).toEqual([remote.name]);
  });
});
