import type { Address } from "../dataplane/address";
import type { ClusterDataplane } from "../dataplane/cluster-dataplane";
import type { Direction, Endpoint, Packet, Verdict } from "../dataplane/model";
import type { Program } from "../dataplane/program";
import type { FlowService, Observation } from "../goldmane/felix-flow";
import type { FlowCounters } from "../goldmane/flow";

/** A cluster on the flat network. */
export interface NetworkCluster {
  readonly name: string;
  readonly dataplane: ClusterDataplane;
  /** What this cluster's Felixes saw. */
  observe(observation: Observation, program: Program): void;
  /** The address with which a packet of a pod leaves its node: the pod's own, or the node's where a pool asks for that. */
  leavesWith?(endpoint: Endpoint, destination: Address): Address;
}

/** A pod with the cluster that it runs in. */
export interface Place {
  readonly cluster: NetworkCluster;
  readonly endpoint: Endpoint;
}

/** A verdict as it was given: the audit of predicted against observed listens to these, packet by packet. */
export interface JudgedPacket {
  readonly cluster: string;
  readonly direction: Direction;
  readonly endpoint: Endpoint;
  readonly packet: Packet;
  readonly verdict: Verdict;
}

/** A connection that is being made; one packet is sent at a time, the same one again when it is retried. */
export interface Connection {
  /** The cluster whose routes carry it: that of the pod that makes it, or the one that takes it in from outside. */
  readonly near: NetworkCluster;
  readonly origin: "pod" | "outside";
  readonly packet: Packet;
  readonly service: FlowService | undefined;
  /** What each end last decided, to count a connection once per verdict. */
  readonly seen: { source?: SeenVerdict; destination?: SeenVerdict };
  /** The source address that its far end saw last; undefined until a packet got there. */
  arrivedFrom?: Address;
}

interface SeenVerdict {
  readonly place: Place;
  readonly program: Program;
  readonly verdict: Verdict;
}

/** What was carried over a connection. */
export interface Transfer {
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** The flat routable network between the pods of all clusters, with each end's policy in front of it. */
export interface Network {
  /** The pod with an address, in the cluster `near` where that has one: there its own routes come first. */
  placeOf(address: Address, near: NetworkCluster): Place | undefined;
  /** Sends the first packet: judged at its source by the source's cluster, then at its destination by that one's. */
  send(connection: Connection): "delivered" | "dropped";
  /** Counts the bytes of a delivered connection and its end at both ends. */
  finish(connection: Connection, transfer: Transfer): void;
  /** Counts the end of a connection that got no answer. */
  abandon(connection: Connection): void;
}

const SYN_BYTES = 60;
const HEADER_BYTES = 52;
const SEGMENT_BYTES = 1448;
const NOTHING: FlowCounters = {
  packetsIn: 0,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  started: 0,
  completed: 0,
  live: 0,
};

/** Joins clusters to a network. */
export function createNetwork(
  clusters: readonly NetworkCluster[],
  onJudged: (judged: JudgedPacket) => void = () => undefined,
): Network {
  const placeOf = (address: Address, near: NetworkCluster): Place | undefined => {
    for (const cluster of [near, ...clusters]) {
      const place = placeIn(cluster, address);
      if (place !== undefined) return place;
    }
    return undefined;
  };
  const judge = (place: Place, direction: Direction, packet: Packet): SeenVerdict => {
    const program = place.cluster.dataplane.program();
    const verdict = place.cluster.dataplane.judge(place.endpoint, direction, packet);
    onJudged({ cluster: place.cluster.name, direction, endpoint: place.endpoint, packet, verdict });
    return { place, program, verdict };
  };
  return {
    placeOf,
    send: (connection) => {
      const { near, origin, seen } = connection;
      let { packet } = connection;
      if (origin === "pod") {
        const source = placeIn(near, packet.source);
        if (source === undefined) return "dropped";
        const before = seen.source;
        seen.source = judge(source, "egress", packet);
        observe(connection, "src", firstPacket("src", isNew(before, seen.source)));
        if (seen.source.verdict.action === "deny") return "dropped";
        packet = { ...packet, source: near.leavesWith?.(source.endpoint, packet.destination) ?? packet.source };
      }
      const destination = placeOf(packet.destination, near);
      if (destination !== undefined) {
        const before = seen.destination;
        seen.destination = judge(destination, "ingress", packet);
        connection.arrivedFrom = packet.source;
        observe(connection, "dst", firstPacket("dst", isNew(before, seen.destination)));
        if (seen.destination.verdict.action === "deny") return "dropped";
      }
      return "delivered";
    },
    finish: (connection, transfer) => {
      observe(connection, "src", carried("src", transfer));
      observe(connection, "dst", carried("dst", transfer));
    },
    abandon: (connection) => {
      observe(connection, "src", { ...NOTHING, completed: 1 });
      observe(connection, "dst", { ...NOTHING, completed: 1 });
    },
  };
}

function placeIn(cluster: NetworkCluster, address: Address): Place | undefined {
  const endpoint = cluster.dataplane.program().endpointAt(address);
  return endpoint && { cluster, endpoint };
}

function isNew(before: SeenVerdict | undefined, now: SeenVerdict): boolean {
  return before === undefined || before.verdict.action !== now.verdict.action;
}

function observe(connection: Connection, reporter: "src" | "dst", counters: FlowCounters): void {
  const { packet, seen } = connection;
  const at = reporter === "src" ? seen.source : seen.destination;
  if (at === undefined) return;
  at.place.cluster.observe(
    {
      reporter,
      protocol: packet.protocol,
      source: reporter === "src" ? packet.source : (connection.arrivedFrom ?? packet.source),
      destination: packet.destination,
      destinationPort: packet.destinationPort,
      service: knowsService(connection, reporter) ? connection.service : undefined,
      verdict: at.verdict,
      counters,
    },
    at.program,
  );
}

/** A service's address is translated at the caller's node, so only that node knows it. */
function knowsService({ seen }: Connection, reporter: "src" | "dst"): boolean {
  if (reporter === "src") return true;
  const [source, destination] = [seen.source?.place, seen.destination?.place];
  return (
    source !== undefined &&
    destination !== undefined &&
    source.cluster === destination.cluster &&
    source.endpoint.node === destination.endpoint.node
  );
}

function firstPacket(reporter: "src" | "dst", fresh: boolean): FlowCounters {
  const started = fresh ? 1 : 0;
  const packet = reporter === "src" ? { packetsOut: 1, bytesOut: SYN_BYTES } : { packetsIn: 1, bytesIn: SYN_BYTES };
  return { ...NOTHING, ...packet, started, live: started };
}

function carried(reporter: "src" | "dst", { requestBytes, responseBytes }: Transfer): FlowCounters {
  const request = onTheWire(requestBytes);
  const response = onTheWire(responseBytes);
  const [out, back] = reporter === "src" ? [request, response] : [response, request];
  return {
    ...NOTHING,
    packetsOut: out.packets,
    bytesOut: out.bytes,
    packetsIn: back.packets,
    bytesIn: back.bytes,
    completed: 1,
  };
}

/** Packets and bytes with headers, acknowledgement and end of a TCP connection. */
function onTheWire(payloadBytes: number): { readonly packets: number; readonly bytes: number } {
  const packets = Math.ceil(payloadBytes / SEGMENT_BYTES) + 2;
  return { packets, bytes: payloadBytes + packets * HEADER_BYTES };
}
