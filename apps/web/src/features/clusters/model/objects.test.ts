import { describe, expect, it } from "vitest";
import { objectCells, type ObjectTab } from "./objects";

const meta = (labels: Record<string, string> = {}) => ({ metadata: { name: "x", labels } });

describe("objectCells", () => {
  const rows: { name: string; tab: ObjectTab; kind: string; body: unknown; cells: string[]; problem?: boolean }[] = [
    {
      name: "a ready node",
      tab: "nodes",
      kind: "Node",
      body: {
        status: {
          conditions: [{ type: "Ready", status: "True" }],
          nodeInfo: { kubeletVersion: "v1.34.2" },
          addresses: [{ address: "10.0.0.1" }],
        },
      },
      cells: ["yes", "v1.34.2", "10.0.0.1"],
    },
    {
      name: "a node of which nothing is known is no good node",
      tab: "nodes",
      kind: "Node",
      body: {},
      cells: ["unknown", "", ""],
      problem: true,
    },
    {
      name: "a deployment that lacks a pod",
      tab: "workloads",
      kind: "Deployment",
      body: { ...meta({ app: "cart" }), spec: { replicas: 2 }, status: { readyReplicas: 1 } },
      cells: ["1 of 2", "app=cart", ""],
      problem: true,
    },
    {
      name: "a daemon set",
      tab: "workloads",
      kind: "DaemonSet",
      body: { status: { desiredNumberScheduled: 3, numberReady: 3 } },
      cells: ["3 of 3", "", ""],
    },
    {
      name: "a pod that runs and is not ready",
      tab: "pods",
      kind: "Pod",
      body: {
        spec: { nodeName: "n1" },
        status: { phase: "Running", podIPs: [{ ip: "10.1.0.4" }], conditions: [{ type: "Ready", status: "False" }] },
      },
      cells: ["Running, not ready", "10.1.0.4", "n1"],
      problem: true,
    },
    {
      name: "a service with another target port",
      tab: "services",
      kind: "Service",
      body: {
        spec: {
          clusterIP: "10.96.0.9",
          ports: [
            { port: 80, targetPort: 8080, protocol: "TCP" },
            { port: 53, targetPort: 53, protocol: "UDP" },
          ],
        },
      },
      cells: ["ClusterIP", "10.96.0.9", "TCP 80 → 8080, UDP 53"],
    },
    {
      name: "a set of ours",
      tab: "sets",
      kind: "GlobalNetworkSet",
      body: {
        ...meta({ "isthmus.io/managed": "true" }),
        spec: { nets: ["10.1.0.4/32", "10.1.0.5/32", "10.1.0.6/32", "10.1.0.7/32"] },
      },
      cells: ["Isthmus", "10.1.0.4/32, 10.1.0.5/32, 10.1.0.6/32 and 1 more", "isthmus.io/managed=true"],
    },
    {
      name: "a Kubernetes policy",
      tab: "policies",
      kind: "NetworkPolicy",
      body: { spec: { podSelector: { matchLabels: { app: "db" } } } },
      cells: ["the cluster", "default", "app=db"],
    },
    {
      name: "a policy that selects every pod",
      tab: "policies",
      kind: "NetworkPolicy",
      body: { spec: { podSelector: {} } },
      cells: ["the cluster", "default", "every pod"],
    },
    {
      name: "a tier",
      tab: "policies",
      kind: "Tier",
      body: { spec: { order: 100 } },
      cells: ["the cluster", "100", "no match: Deny"],
    },
  ];
  it.each(rows)("$name", ({ tab, kind, body, cells, problem = false }) => {
    expect(objectCells(tab, kind, body)).toEqual({ cells, problem });
  });
});
