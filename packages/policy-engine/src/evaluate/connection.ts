import type { IpAddress } from "../net/address";
import type { Endpoint, NodeEndpoint } from "./endpoint";
import { judgeEndpoint } from "./judge";
import type { Packet } from "./packet";
import type { EndpointVerdict, Verdict } from "./trace";
import type { World } from "./world";

/** An end of a connection: an endpoint in the world of its cluster, or an address that nobody of ours has. */
export type ConnectionEnd =
  | {
      readonly kind: "endpoint";
      readonly world: World;
      readonly endpoint: Endpoint;
      readonly address: IpAddress;
      /** Host endpoints of its node through which the packet is forwarded, in the order in which it meets them. */
      readonly through?: readonly NodeEndpoint[];
    }
  | { readonly kind: "address"; readonly address: IpAddress };

/** A connection to be judged. */
export interface Connection extends Omit<Packet, "source" | "destination"> {
  readonly source: ConnectionEnd;
  readonly destination: ConnectionEnd;
}

/** What a host endpoint says about what is forwarded through it. */
export interface TransitVerdict extends EndpointVerdict {
  readonly endpoint: NodeEndpoint;
}

/** What becomes of a connection: it needs the leave of its source's policies and of its destination's. */
export interface ConnectionVerdict {
  readonly verdict: Verdict;
  readonly pending: Verdict;
  /** Absent where that end is no endpoint of ours, or is not asked. */
  readonly egress?: EndpointVerdict;
  readonly ingress?: EndpointVerdict;
  /** Host endpoints on the way, in order. */
  readonly transit: readonly TransitVerdict[];
}

function combine(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("deny")) return "deny";
  return verdicts.includes("unknown") ? "unknown" : "allow";
}

const endpointOf = (end: ConnectionEnd): Endpoint | undefined => (end.kind === "endpoint" ? end.endpoint : undefined);

/**
 * What stays on a node does not pass the node's host endpoints: between it and its own pods Calico sends nothing to their
 * chains, neither on the way out nor on the way in (felix rules/static.go), and its own talk with itself leaves no
 * interface.
 */
function staysOnNode(source: ConnectionEnd, destination: ConnectionEnd): boolean {
  const [a, b] = [endpointOf(source), endpointOf(destination)];
  return a?.node !== undefined && a.node === b?.node && a.cluster === b.cluster;
}

interface Way {
  readonly packet: Packet;
  readonly onNode: boolean;
}

function judgeEnd(
  end: ConnectionEnd,
  direction: "ingress" | "egress",
  { packet, onNode }: Way,
): EndpointVerdict | undefined {
  if (end.kind === "address" || (onNode && end.endpoint.kind === "host")) return undefined;
  return judgeEndpoint(end.world, { endpoint: end.endpoint, direction, packet });
}

function judgeTransit(end: ConnectionEnd, direction: "ingress" | "egress", packet: Packet): readonly TransitVerdict[] {
  if (end.kind === "address") return [];
  return (end.through ?? []).map((endpoint) => ({
    endpoint,
    ...judgeEndpoint(end.world, { endpoint, direction, packet, route: "forwarded" }),
  }));
}

/** Judges a connection: egress at its source and ingress at its destination, each by its own cluster's policies. */
export function judgeConnection({ source, destination, ...rest }: Connection): ConnectionVerdict {
  const packet: Packet = { ...rest, source: source.address, destination: destination.address };
  const way: Way = { packet, onNode: staysOnNode(source, destination) };
  const egress = judgeEnd(source, "egress", way);
  const ingress = judgeEnd(destination, "ingress", way);
  const transit = [...judgeTransit(source, "egress", packet), ...judgeTransit(destination, "ingress", packet)];
  const judged = [egress, ...transit, ingress].filter((v) => v !== undefined);
  return {
    verdict: combine(judged.map((v) => v.verdict)),
    pending: combine(judged.map((v) => v.pending.verdict)),
    ...(egress && { egress }),
    ...(ingress && { ingress }),
    transit,
  };
}
