import ELK from "elkjs/lib/elk.bundled.js";
import { describe, expect, it } from "vitest";
import type { EdgeCounts, GraphEdge } from "@isthmus/flow-store";
import { buildGraph } from "./graph";
import { layOutGraph, layoutKey, type LayOut } from "./layout";

const counts: EdgeCounts = {
  flows: 1,
  allowedConnections: 1,
  deniedConnections: 0,
  passedConnections: 0,
  pendingDeniedConnections: 0,
  allowedFlows: 1,
  deniedFlows: 0,
  pendingDeniedFlows: 0,
  packets: 1,
  bytesToDest: 1,
  bytesToSource: 1,
};
const edge = (from: string, to: string, port = 80): GraphEdge => {
  const [sourceCluster = "", source = ""] = from.split("/");
  const [destCluster = "", dest = ""] = to.split("/");
  return {
    source: { clusterId: sourceCluster, namespace: "shop", kind: "Deployment", name: source },
    dest: { clusterId: destCluster, namespace: "shop", kind: "Deployment", name: dest },
    protocol: "tcp",
    port,
    bySource: counts,
    byDestination: counts,
    firstSeenMs: 0,
    lastSeenMs: 1,
    services: [],
    policies: [],
  };
};
const clusters = ["a", "b"].map((id, ordinal) => ({ id, name: id, ordinal, jurisdiction: "" }));
const graphOf = (...edges: readonly GraphEdge[]) => buildGraph(edges, { clusters, toggled: new Set(), foldAbove: 20 });

const layOut: LayOut = (each) => new ELK().layout(each);

describe("layout", () => {
  it("keeps callers left, cards inside their frames, and ends a line at the called port", async () => {
    const graph = graphOf(edge("a/front", "a/cart"), edge("a/cart", "b/redis", 6379), edge("a/front", "b/redis", 6380));
    const { boxes, lines } = await layOutGraph(graph, { shape: "wide", layOut });
    const box = (id: string) => boxes.get(id) ?? { x: NaN, y: NaN, width: NaN, height: NaN };
    const front = box("a/shop/Deployment/front");
    const cart = box("a/shop/Deployment/cart");
    const redis = box("b/shop/Deployment/redis");
    expect(front.x).toBeLessThan(cart.x);
    expect(cart.x).toBeLessThan(redis.x);
    const frame = box("frame:b");
    expect(redis.x).toBeGreaterThan(frame.x);
    expect(redis.y + redis.height).toBeLessThan(frame.y + frame.height);
    const ends = graph.lines
      .filter((line) => line.destId === "b/shop/Deployment/redis")
      .map((line) => lines.get(line.id)?.at(-1));
    expect(ends.map((end) => end?.x)).toEqual([redis.x, redis.x]);
    expect(new Set(ends.map((end) => end?.y)).size).toBe(2);
    for (const end of ends) expect(end?.y).toBeGreaterThan(redis.y);
  });

  it("stacks frames where there is more height than width", async () => {
    const graph = graphOf(edge("a/front", "a/cart"), edge("a/cart", "b/redis", 6379));
    const wide = await layOutGraph(graph, { shape: "wide", layOut });
    const tall = await layOutGraph(graph, { shape: "tall", layOut });
    const frames = (layout: typeof wide) => ["frame:a", "frame:b"].map((id) => layout.boxes.get(id));
    const [left, right] = frames(wide);
    const [upper, lower] = frames(tall);
    expect(right?.x).toBeGreaterThan((left?.x ?? NaN) + (left?.width ?? NaN));
    expect(lower?.y).toBeGreaterThan((upper?.y ?? NaN) + (upper?.height ?? NaN));
    expect(tall.width).toBeLessThan(wide.width);
  });

  it("keeps its key while only numbers change", () => {
    const before = graphOf(edge("a/front", "a/cart"));
    const after = graphOf({ ...edge("a/front", "a/cart"), bySource: { ...counts, flows: 99 } });
    expect(layoutKey(after, "wide")).toBe(layoutKey(before, "wide"));
    expect(layoutKey(graphOf(edge("a/front", "a/cart", 81)), "wide")).not.toBe(layoutKey(before, "wide"));
    expect(layoutKey(before, "tall")).not.toBe(layoutKey(before, "wide"));
  });
});
