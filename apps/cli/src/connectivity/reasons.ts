import {
  connectionsOfIcmp,
  connectionsOfPorts,
  connectionsOfProtocol,
  describePolicyHit,
  describeStep,
  formatConnections,
  intersectConnections,
  intervals,
  judgeConnection,
  NO_CONNECTIONS,
  noConnections,
  parseAddress,
  policyHits,
  PROTOCOL_NUMBERS,
  protocolHasPorts,
  subtractConnections,
  uniteConnections,
  witnessConnection,
  type Connection,
  type ConnectionEnd,
  type ConnectionPoint,
  type ConnectionSet,
  type ConnectivityLine,
  type ConnectivityView,
  type EndpointVerdict,
  type Unit,
  type Vocabulary,
} from "@isthmus/policy-engine";
import { invariant } from "@isthmus/std";
import type { Mesh } from "../mesh/load-mesh";
import { stretchAround, type Borders } from "./borders";

/** Why a part of a line's connections may pass. */
export interface Reason {
  readonly connections: string;
  /** What decided at the source and at the destination, in sentences; empty where that end has no policies. */
  readonly leaving: readonly string[];
  readonly reaching: readonly string[];
}

/** What reasons are found with. */
export interface ReasonContext {
  readonly mesh: Mesh;
  readonly borders: Borders;
  readonly view: ConnectivityView;
  readonly vocabulary: Vocabulary;
}

const { ICMP, ICMPv6 } = PROTOCOL_NUMBERS;
const isIcmp = (protocol: number): boolean => protocol === ICMP || protocol === ICMPv6;

/** The connections around one within which no rule tells any apart. */
function boxAround({ protocol, sourcePort, destinationPort, icmp }: ConnectionPoint, borders: Borders): ConnectionSet {
  if (protocolHasPorts(protocol)) {
    const stretch = (port: number | undefined) => intervals(stretchAround(borders.ports, port ?? 0, 65_535));
    const ports = connectionsOfPorts({ source: stretch(sourcePort), destination: stretch(destinationPort) });
    return intersectConnections(ports, connectionsOfProtocol(protocol));
  }
  if (isIcmp(protocol)) {
    const { icmpTypes, icmpCodes } = borders;
    if (icmpTypes.size === 0 || !icmp) return connectionsOfProtocol(protocol);
    const { type, code } = icmp;
    const messages = icmpCodes && icmpTypes.has(type) ? connectionsOfIcmp({ type, code }) : connectionsOfIcmp({ type });
    return intersectConnections(messages, connectionsOfProtocol(protocol));
  }
  const { from, to } = stretchAround(borders.protocols, protocol, 255);
  const alike = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  return alike
    .filter((each) => !protocolHasPorts(each) && !isIcmp(each))
    .map(connectionsOfProtocol)
    .reduce(uniteConnections, NO_CONNECTIONS);
}

/** The unit's first address of a version; outside ranges are named by their ends. */
function endOf(unit: Unit, version: 4 | 6, { clusters }: Mesh): ConnectionEnd | undefined {
  const member = unit.members.find(({ address }) => address.version === version);
  const world = clusters[unit.cluster]?.judged;
  if (member && world) return { kind: "endpoint", world, endpoint: member.endpoint, address: member.address };
  const address = parseAddress(unit.name.split("-")[0] ?? "");
  return address && { kind: "address", address };
}

function sentences(judged: EndpointVerdict | undefined, view: ConnectivityView): readonly string[] {
  if (!judged) return [];
  const { trace } = view === "pending" ? judged.pending : judged;
  const hits = policyHits(trace).map(describePolicyHit);
  const unknown = trace.filter(({ kind }) => kind === "unknown").map(describeStep);
  return [...hits, ...unknown];
}

function reasonFor(connection: Connection, view: ConnectivityView): Omit<Reason, "connections"> {
  const { egress, ingress } = judgeConnection(connection);
  return { leaving: sentences(egress, view), reaching: sentences(ingress, view) };
}

/**
 * Why the connections of a line may pass, each for its own reason: as rules decide for the first pod, and the first
 * address, of either end. Connections are cut at every border that a rule draws, and put together again by reason.
 */
export function reasonsFor(line: ConnectivityLine, context: ReasonContext): readonly Reason[] {
  const { mesh, borders, view, vocabulary } = context;
  const found = new Map<string, { set: ConnectionSet; reason: Omit<Reason, "connections"> }>();
  for (const [version, { allowed, unknown }] of line.passages) {
    const [source, destination] = [endOf(line.source, version, mesh), endOf(line.destination, version, mesh)];
    if (!source || !destination) continue;
    let rest = uniteConnections(allowed, unknown);
    for (let point = witnessConnection(rest); point; point = witnessConnection(rest)) {
      const box = intersectConnections(rest, boxAround(point, borders));
      invariant(!noConnections(box), "the stretch around a connection holds it");
      rest = subtractConnections(rest, box);
      const reason = reasonFor({ ...point, source, destination }, view);
      const key = JSON.stringify(reason);
      found.set(key, { reason, set: uniteConnections(found.get(key)?.set ?? NO_CONNECTIONS, box) });
    }
  }
  return [...found.values()].map(({ set, reason }) => ({ connections: formatConnections(set, vocabulary), ...reason }));
}
