import fc from "fast-check";
import { expect } from "vitest";
import { addressesIn, connectivityOf, type Connectivity, type Passage } from "../connectivity/connectivity";
import type { Decision } from "../connectivity/decide";
import { explainPassage } from "../connectivity/explain";
import type { ConnectivityView } from "../connectivity/subjects";
import { judgeConnection, type ConnectionEnd } from "../evaluate/connection";
import type { Endpoint } from "../evaluate/endpoint";
import type { FelixSettings } from "../evaluate/felix-settings";
import type { Packet } from "../evaluate/packet";
import type { EndpointVerdict, Verdict } from "../evaluate/trace";
import type { WorldDomain, WorldInput } from "../evaluate/world-input";
import type { JsonObject } from "../json/json";
import { buildMesh, type World } from "../evaluate/world";
import { parseAddress, type IpAddress } from "../net/address";
import { hasConnection, type ConnectionPoint } from "../sets/connection-set";
import { randomCluster } from "./arbitrary-cluster";
import type { Counts } from "./resolve-property";
import { count } from "./resolve-property";

/** The same cluster with its pods elsewhere, so that a mesh of two knows most of its addresses apart. */
const elsewhere = (input: WorldInput): WorldInput => ({
  ...(JSON.parse(JSON.stringify(input).replaceAll("10.0.0.", "10.0.1.")) as WorldInput),
  cluster: "east",
});

const SETTINGS: readonly FelixSettings[] = [
  {},
  { defaultEndpointToHostAction: "Drop", failsafeInboundHostPorts: [] },
  {
    failsafeInboundHostPorts: [{ protocol: 6, port: 80, net: "10.0.0.0/30" }],
    failsafeOutboundHostPorts: [{ protocol: 6, port: 8080 }],
  },
];

/** Rules and sets with domains, of which some were observed. */
const WITH_DOMAINS: readonly JsonObject[] = [
  {
    apiVersion: "projectcalico.org/v3",
    kind: "GlobalNetworkPolicy",
    metadata: { name: "domains" },
    spec: {
      order: 0,
      egress: [
        { action: "Allow", protocol: "TCP", destination: { domains: ["a.example", "*.b.example"], ports: [80] } },
        { action: "Pass", destination: { selector: "app == 'b'" } },
      ],
    },
  },
  {
    apiVersion: "projectcalico.org/v3",
    kind: "GlobalNetworkSet",
    metadata: { name: "domains", labels: { app: "b" } },
    spec: { nets: [], allowedEgressDomains: ["b.example"] },
  },
];

const OBSERVED: readonly WorldDomain[] = [
  { name: "a.example", addresses: ["192.168.0.9", "10.0.0.2"] },
  { name: "x.b.example", addresses: ["fd00::99"] },
  { name: "b.example", addresses: ["11.0.0.0", "10.0.0.3"] },
];

/** Some pods on a node with addresses of its own, one of which a random host endpoint expects. */
const onNodes = fc
  .record({
    input: randomCluster,
    which: fc.subarray([0, 1, 2, 3, 4, 5]),
    known: fc.boolean(),
    felix: fc.constantFrom(...SETTINGS),
    domains: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.subarray([...OBSERVED])),
  })
  .map(({ input, which, known, felix, domains }): WorldInput => ({
    ...input,
    felix,
    ...(domains && { domains, manifests: [...input.manifests, ...WITH_DOMAINS] }),
    pods: input.pods.map((pod, i) => (known && which.includes(i) ? { ...pod, node: "node" } : pod)),
    nodes: known ? [{ name: "node", addresses: ["10.9.9.9", "10.9.9.8"] }] : [],
  }));

/** One cluster, or two that see each other by address; sometimes both use the same addresses. */
export const randomWorlds: fc.Arbitrary<readonly WorldInput[]> = fc
  .tuple(onNodes, fc.option(onNodes, { freq: 2, nil: undefined }), fc.integer({ min: 0, max: 3 }))
  .map(([west, east, apart]) => {
    const first = { ...west, cluster: "west" };
    if (!east) return [first];
    return [first, apart > 0 ? elsewhere(east) : { ...east, cluster: "east" }];
  });

const PORTS = [0, 22, 69, 70, 80, 81, 100, 101, 8080, 65_535];
const SOURCE_PORTS = [999, 1000, 1500, 2000, 2001];

/** Places at which the rules of random clusters change their mind, and their neighbours. */
const POINTS: readonly ConnectionPoint[] = [
  ...PORTS.map((destinationPort) => ({ protocol: 6, destinationPort, sourcePort: 1500 })),
  ...SOURCE_PORTS.map((sourcePort) => ({ protocol: 6, destinationPort: 80, sourcePort })),
  ...[79, 80, 8080].map((destinationPort) => ({ protocol: 17, destinationPort, sourcePort: 1 })),
  { protocol: 132, destinationPort: 80, sourcePort: 1 },
  { protocol: 1, icmp: { type: 8, code: 0 } },
  { protocol: 1, icmp: { type: 8, code: 1 } },
  { protocol: 1, icmp: { type: 3, code: 1 } },
  { protocol: 58, icmp: { type: 8, code: 0 } },
  { protocol: 47 },
  { protocol: 255 },
];

/** The corners of a set, and what lies beside them. */
function* corners({ allowed, unknown }: Passage): Generator<ConnectionPoint> {
  for (const { from, inner } of [...allowed, ...unknown]) {
    if (from !== 6 && from !== 17) continue;
    for (const slab of inner) {
      for (const port of [slab.from - 1, slab.from, slab.to, slab.to + 1]) {
        const sourcePort = slab.inner[0]?.from;
        if (port < 0 || port > 65_535 || sourcePort === undefined) continue;
        yield { protocol: from, destinationPort: port, sourcePort };
        if (sourcePort > 0) yield { protocol: from, destinationPort: port, sourcePort: sourcePort - 1 };
      }
    }
  }
}

/** A part of all points, another one for each pair, and the first corners of the set. */
function pointsFor(passage: Passage, turn: number): readonly ConnectionPoint[] {
  return [...POINTS.filter((_, i) => (i + turn) % 3 === 0), ...[...corners(passage)].slice(0, 12)];
}

const symbolic = ({ allowed, unknown }: Passage, point: ConnectionPoint): Verdict =>
  hasConnection(allowed, point) ? "allow" : hasConnection(unknown, point) ? "unknown" : "deny";

/** One end of a connection that is tried, as both sides of the comparison take it. */
interface TriedEnd {
  readonly end: ConnectionEnd;
  readonly cluster: number;
  readonly address: IpAddress;
  readonly nodes: readonly number[];
}

const OUTSIDE = [
  "10.9.9.8",
  "10.9.9.9",
  "0.0.0.0",
  "10.0.0.0",
  "10.0.0.9",
  "10.0.1.0",
  "10.0.2.1",
  "10.255.255.255",
  "11.0.0.0",
  "192.168.0.9",
  "fd00::",
  "fd00::99",
  "fd01::",
];

const sameAddress = (a: IpAddress, b: IpAddress): boolean => a.version === b.version && a.value === b.value;

/** The nodes of an endpoint that this address of it belongs to. */
function nodesAt({ nodes, nodesOf }: Connectivity, endpoint: Endpoint, address: IpAddress): readonly number[] {
  return nodesOf(endpoint).filter((at) => {
    const node = nodes[at];
    return (
      node?.kind === "endpoints" && node.members.some((m) => m.endpoint === endpoint && sameAddress(m.address, address))
    );
  });
}

function endpointEnds(connectivity: Connectivity): readonly TriedEnd[] {
  return connectivity.worlds.flatMap((world, cluster) =>
    [...world.endpoints, ...world.hostEndpoints].flatMap((endpoint) =>
      endpoint.addresses.map((address) => ({
        end: { kind: "endpoint", world, endpoint, address } as const,
        cluster,
        address,
        nodes: nodesAt(connectivity, endpoint, address),
      })),
    ),
  );
}

function outsideEnds(connectivity: Connectivity, cluster: number): readonly TriedEnd[] {
  const held = addressesIn(connectivity.worlds);
  return OUTSIDE.flatMap((text) => parseAddress(text) ?? [])
    .filter((address) => !held.some((other) => sameAddress(other, address)))
    .flatMap((address) => {
      const node = connectivity.nodeOfOutside(cluster, address);
      return node === undefined
        ? []
        : [{ end: { kind: "address", address } as const, cluster, address, nodes: [node] }];
    });
}

function* pairsOf(connectivity: Connectivity): Generator<readonly [TriedEnd, TriedEnd]> {
  const ends = endpointEnds(connectivity);
  for (const end of ends) {
    for (const other of ends) if (other.address.version === end.address.version) yield [end, other];
    for (const outside of outsideEnds(connectivity, end.cluster)) {
      if (outside.address.version !== end.address.version) continue;
      yield [end, outside];
      yield [outside, end];
    }
  }
}

/** What decides is what the trace ends with, and is the only thing said of the connection. */
function expectSameReason(
  decisions: readonly Decision[] | undefined,
  judged: EndpointVerdict | undefined,
  tried: Tried,
): void {
  expect(decisions === undefined).toBe(judged === undefined);
  if (!decisions || !judged) return;
  const found = decisions.filter(({ connections }) => hasConnection(connections, tried.point));
  const wanted = tried.view === "enforced" ? judged : judged.pending;
  expect(found.map(({ verdict, step }) => ({ verdict, step }))).toEqual([
    { verdict: wanted.verdict, step: wanted.trace.at(-1) },
  ]);
}

interface Tried {
  readonly view: ConnectivityView;
  readonly point: ConnectionPoint;
}

const headerOf = (point: ConnectionPoint): Omit<Packet, "source" | "destination"> => point;

function expectSame(
  connectivity: Connectivity,
  [source, destination]: readonly [TriedEnd, TriedEnd],
  counts: Counts,
): void {
  const [from, to] = [source.nodes[0], destination.nodes[0]];
  expect([source.nodes.length, destination.nodes.length]).toEqual([1, 1]);
  if (from === undefined || to === undefined) return;
  const passage = connectivity.between(from, to);
  const explained = explainPassage(
    connectivity,
    { node: from, ...(source.end.kind === "endpoint" && { endpoint: source.end.endpoint }) },
    { node: to, ...(destination.end.kind === "endpoint" && { endpoint: destination.end.endpoint }) },
  );
  for (const point of pointsFor(passage, from + to)) {
    const judged = judgeConnection({ source: source.end, destination: destination.end, ...headerOf(point) });
    const wanted = connectivity.view === "enforced" ? judged.verdict : judged.pending;
    count(counts, wanted);
    const tried = { view: connectivity.view, point };
    expectSameReason(explained.egress, judged.egress, tried);
    expectSameReason(explained.ingress, judged.ingress, tried);
    for (const { trace } of [judged.egress, judged.ingress].filter((v) => v !== undefined)) {
      for (const step of trace) count(counts, step.kind === "rule" ? `rule ${step.action}` : step.kind);
    }
    if (symbolic(passage, point) !== wanted) {
      expect({ source: source.end, destination: destination.end, point, is: symbolic(passage, point) }).toBe(wanted);
    }
  }
  count(counts, source.cluster === destination.cluster ? "one cluster" : "two clusters");
  for (const { end } of [source, destination]) if (end.kind === "endpoint") count(counts, end.endpoint.kind);
  count(counts, `${source.end.kind} to ${destination.end.kind} of IPv${source.address.version}`);
}

/** Connectivity says of every packet that is tried what judging the connection says, in force and pending. */
export function expectJudged(inputs: readonly WorldInput[], counts: Counts): void {
  const worlds: readonly World[] = buildMesh(inputs);
  for (const view of ["enforced", "pending"] as const) {
    const connectivity = connectivityOf(worlds, { view });
    for (const pair of pairsOf(connectivity)) expectSame(connectivity, pair, counts);
  }
}

/** What must have been in play for the property to mean something. */
export const MUST_BE_COUNTED = [
  "allow",
  "deny",
  "unknown",
  "rule Allow",
  "rule Deny",
  "rule Pass",
  "end-of-tier",
  "profile",
  "no-profile",
  "failsafe",
  "hook-left-open",
  "own-node",
  "endpoint-to-host",
  "host",
  "workload",
  "one cluster",
  "two clusters",
  "endpoint to endpoint of IPv4",
  "endpoint to endpoint of IPv6",
  "endpoint to address of IPv4",
  "address to endpoint of IPv6",
] as const;
