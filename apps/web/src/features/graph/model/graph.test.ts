import type { EdgeCounts, EdgeEnd, GraphEdge } from "@isthmus/flow-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildGraph, lineVerdict, type GraphCluster, type GraphOptions } from "./graph";

const clusters: readonly GraphCluster[] = [
  { id: "west", name: "eu-west", ordinal: 0, jurisdiction: "EU" },
  { id: "east", name: "us-east", ordinal: 1, jurisdiction: "US" },
];
const options: GraphOptions = { clusters, toggled: new Set(), foldAbove: 20 };

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
const allowed: EdgeCounts = { ...none, flows: 3, allowedFlows: 3, allowedConnections: 30 };
const denied: EdgeCounts = { ...none, flows: 2, deniedFlows: 2, deniedConnections: 4 };
const staged: EdgeCounts = { ...allowed, pendingDeniedFlows: 1, pendingDeniedConnections: 5 };

const end = (clusterId: string | null, namespace: string, name: string, kind = "Deployment"): EdgeEnd => ({
  clusterId,
  namespace,
  name,
  kind,
});
const edge = (source: EdgeEnd, dest: EdgeEnd, changes: Partial<GraphEdge> = {}): GraphEdge => ({
  source,
  dest,
  protocol: "tcp",
  port: 6379,
  bySource: allowed,
  byDestination: allowed,
  firstSeenMs: 0,
  lastSeenMs: 1,
  services: [],
  policies: [],
  ...changes,
});

describe("lineVerdict", () => {
  const rows = [
    { name: "both ends allow", source: allowed, dest: allowed, expected: "allow" },
    { name: "only the source was heard", source: allowed, dest: none, expected: "allow" },
    { name: "the source refuses", source: denied, dest: none, expected: "deny" },
    { name: "the source allows what the destination refuses", source: allowed, dest: denied, expected: "deny" },
    {
      name: "some pass, some are refused",
      source: allowed,
      dest: { ...denied, flows: 5, allowedFlows: 3 },
      expected: "mixed",
    },
    { name: "a staged policy would refuse", source: allowed, dest: staged, expected: "staged" },
    { name: "nothing was counted", source: none, dest: none, expected: "unknown" },
  ] as const;
  it.each(rows)("$name", ({ source, dest, expected }) => {
    expect(lineVerdict(source, dest)).toBe(expected);
  });
});

describe("buildGraph", () => {
  const cart = end("west", "boutique", "cart");
  const redis = end("east", "boutique", "redis-cart");
  const internet = end(null, "", "pub", "network");

  it("nests cards in namespaces and clusters, in order of joining, outside last", () => {
    const graph = buildGraph([edge(cart, redis), edge(cart, internet, { port: 443 })], options);
    expect(
      graph.frames.map((frame) => [
        frame.name,
        frame.groups.map((group) => [group.name, group.cards.map((c) => c.name)]),
      ]),
    ).toEqual([
      ["eu-west", [["boutique", ["cart"]]]],
      ["us-east", [["boutique", ["redis-cart"]]]],
      ["outside", [["", ["public internet"]]]],
    ]);
  });

  it("shows the port on the card that answers", () => {
    const graph = buildGraph([edge(cart, redis), edge(cart, redis, { port: 53, protocol: "udp" })], options);
    const cards = graph.frames.flatMap((frame) => frame.groups.flatMap((group) => group.cards));
    expect(cards.map((card) => [card.name, card.ports])).toEqual([
      ["cart", []],
      ["redis-cart", ["udp 53", "tcp 6379"]],
    ]);
  });

  it("folds a namespace above the limit into one card with one line a port", () => {
    const callers = Array.from({ length: 4 }, (_, i) => end("west", "jobs", `job-${i}`));
    const graph = buildGraph(
      callers.map((caller) => edge(caller, redis)),
      { ...options, foldAbove: 3 },
    );
    expect(graph.frames[0]?.groups[0]?.cards.map((card) => [card.name, card.folded])).toEqual([["jobs", 4]]);
    expect(graph.lines.map((line) => [line.edges.length, line.bySource.allowedConnections])).toEqual([[4, 120]]);
  });

  it("unfolds what a person toggled", () => {
    const callers = Array.from({ length: 4 }, (_, i) => end("west", "jobs", `job-${i}`));
    const graph = buildGraph(
      callers.map((caller) => edge(caller, redis)),
      { ...options, foldAbove: 3, toggled: new Set(["west/jobs"]) },
    );
    expect(graph.frames[0]?.groups[0]?.cards).toHaveLength(4);
  });

  it("says where a connection stopped", () => {
    const at = (bySource: EdgeCounts, byDestination: EdgeCounts) =>
      buildGraph([edge(cart, redis, { bySource, byDestination })], options).lines[0]?.deniedAt;
    expect([at(denied, none), at(allowed, denied), at(allowed, allowed)]).toEqual(["source", "destination", null]);
  });

  it("does not depend on the order of edges", () => {
    const names = fc.constantFrom("a", "b", "c", "d");
    const anyEnd = fc.record({
      clusterId: fc.constantFrom("west", "east", null),
      namespace: names,
      name: names,
      kind: fc.constant("Deployment"),
    });
    const anyEdge = fc
      .tuple(anyEnd, anyEnd, fc.integer({ min: 1, max: 3 }))
      .map(([from, to, port]) => edge(from, to, { port }));
    fc.assert(
      fc.property(fc.array(anyEdge, { maxLength: 12 }), fc.integer({ min: 0, max: 3 }), (edges, foldAbove) => {
        const shape = (list: readonly GraphEdge[]) => {
          const { frames, lines } = buildGraph(list, { ...options, foldAbove });
          return { frames, lines: lines.map(({ id, verdict, edges: members }) => [id, verdict, members.length]) };
        };
        expect(shape([...edges].reverse())).toEqual(shape(edges));
      }),
    );
  });
});
