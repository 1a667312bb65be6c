import type { EdgeCounts } from "@isthmus/flow-store";
import { describe, expect, it } from "vitest";
import { seenEdge } from "./topology-job";

const none: EdgeCounts = {
  flows: 0,
  allowedConnections: 0,
  deniedConnections: 0,
  passedConnections: 0,
  pendingDeniedConnections: 0,
  allowedFlows: 0,
  deniedFlows: 0,
  pendingDeniedFlows: 0,
  packets: 0,
  bytesToDest: 0,
  bytesToSource: 0,
};

describe("seenEdge", () => {
  it("keeps each reporter's verdicts apart", () => {
    const edge = seenEdge({
      source: { clusterId: "a", kind: "Deployment", namespace: "boutique", name: "checkout" },
      dest: { clusterId: null, kind: "network", namespace: "", name: "pub" },
      protocol: "tcp",
      port: 443,
      bySource: { ...none, allowedFlows: 2, pendingDeniedFlows: 1 },
      byDestination: { ...none, deniedFlows: 1 },
      firstSeenMs: 15_000,
      lastSeenMs: 30_000,
      services: [],
      policies: [],
    });
    expect(edge).toEqual({
      source: { clusterId: "a", kind: "Deployment", namespace: "boutique", name: "checkout" },
      dest: { clusterId: null, kind: "network", namespace: "", name: "pub" },
      protocol: "tcp",
      port: 443,
      firstSeen: new Date(15_000),
      lastSeen: new Date(30_000),
      verdicts: { source: ["allow", "pending-deny"], destination: ["deny"] },
    });
  });
});
