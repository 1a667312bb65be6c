import { describe, expect, it } from "vitest";
import type { FlowEnd } from "@isthmus/flow-store";
import { graphPath } from "./graph-path";

const end = (clusterId: string | null, workloadName: string): FlowEnd => ({
  clusterId,
  namespace: "boutique",
  workloadKind: workloadName === "" ? "" : "Deployment",
  workloadName,
  name: `${workloadName}-*`,
  type: "workload",
  labels: [],
  resolution: "local",
});

describe("the graph's address of a flow", () => {
  it("selects the line between both workloads", () => {
    const path = graphPath({ source: end("a", "cart"), dest: end("b", "redis-cart"), protocol: "tcp", port: 6379 });
    expect(decodeURIComponent(path)).toBe(
      "/graph?at=line:a/boutique/Deployment/cart → b/boutique/Deployment/redis-cart tcp 6379",
    );
  });

  it("is the graph alone where an end is not known", () => {
    expect(graphPath({ source: end(null, ""), dest: end("b", "redis-cart"), protocol: "tcp", port: 1 })).toBe("/graph");
  });
});
