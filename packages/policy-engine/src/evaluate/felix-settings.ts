import { parseCidrOrAddress, cidrContains, type Cidr } from "../net/address";
import type { Direction } from "../model/policy";
import { PROTOCOL_NUMBERS } from "../model/protocol";
import type { Packet } from "./packet";

/** A port that host endpoints always let through, so that no policy can cut a node off; `net` narrows the other end. */
export interface FailsafePort {
  readonly protocol: number;
  readonly port: number;
  readonly net?: string;
}

/** What becomes of a packet from a pod to its own node, once the pod's policies allow it. */
export type EndpointToHostAction = "Drop" | "Return" | "Accept";

/** What of Felix' configuration decides verdicts (FelixConfiguration). */
export interface FelixSettings {
  /** Absent: Calico's default; empty: none. */
  readonly failsafeInboundHostPorts?: readonly FailsafePort[];
  readonly failsafeOutboundHostPorts?: readonly FailsafePort[];
  /** Absent: Accept, which Calico's operator and manifests set (Felix alone: Drop). */
  readonly defaultEndpointToHostAction?: EndpointToHostAction;
}

const { TCP, UDP } = PROTOCOL_NUMBERS;
const tcp = (...ports: readonly number[]): readonly FailsafePort[] => ports.map((port) => ({ protocol: TCP, port }));
const udp = (...ports: readonly number[]): readonly FailsafePort[] => ports.map((port) => ({ protocol: UDP, port }));

/** Calico's defaults: SSH, DHCP, DNS, BGP, etcd, Typha, and the Kubernetes API (FelixConfiguration). */
export const DEFAULT_FAILSAFE_PORTS: Readonly<Record<Direction, readonly FailsafePort[]>> = {
  ingress: [...tcp(22, 179, 2379, 2380, 5473, 6443, 6666, 6667), ...udp(68)],
  egress: [...tcp(179, 2379, 2380, 5473, 6443, 6666, 6667), ...udp(53, 67)],
};

interface ReadFailsafe {
  readonly protocol: number;
  readonly port: number;
  readonly net: Cidr | undefined;
}

/** Felix' settings as verdicts need them. */
export interface ReadSettings {
  readonly failsafe: Readonly<Record<Direction, readonly ReadFailsafe[]>>;
  readonly endpointToHost: EndpointToHostAction;
}

/** A failsafe whose net cannot be read is passed over, as in Felix. */
function readPorts(ports: readonly FailsafePort[]): readonly ReadFailsafe[] {
  return ports.flatMap(({ protocol, port, net }): readonly ReadFailsafe[] => {
    if (net === undefined || net === "") return [{ protocol, port, net: undefined }];
    const read = parseCidrOrAddress(net);
    return read ? [{ protocol, port, net: read.cidr }] : [];
  });
}

/** Fills in Calico's defaults. */
export const readSettings = (settings: FelixSettings = {}): ReadSettings => ({
  failsafe: {
    ingress: readPorts(settings.failsafeInboundHostPorts ?? DEFAULT_FAILSAFE_PORTS.ingress),
    egress: readPorts(settings.failsafeOutboundHostPorts ?? DEFAULT_FAILSAFE_PORTS.egress),
  },
  endpointToHost: settings.defaultEndpointToHostAction ?? "Accept",
});

/** What is known about a packet and the failsafe ports. */
export type FailsafeMatch = "matches" | "no-match" | "port-unknown";

interface FailsafePlace {
  readonly direction: Direction;
  readonly packet: Packet;
  /** Replies to failsafe connections of the other direction count, too (Calico: in the raw table, before tracking). */
  readonly withReplies: boolean;
}

/** Whether a failsafe port lets a packet through (Calico, felix rules/static.go, failsafeInChain and failsafeOutChain). */
export function matchFailsafe({ failsafe }: ReadSettings, place: FailsafePlace): FailsafeMatch {
  const { direction, packet, withReplies } = place;
  const peer = direction === "ingress" ? packet.source : packet.destination;
  const here = (port: ReadFailsafe, side: "source" | "destination"): FailsafeMatch => {
    if (port.protocol !== packet.protocol) return "no-match";
    if (port.net && !cidrContains(port.net, peer)) return "no-match";
    const number = side === "source" ? packet.sourcePort : packet.destinationPort;
    if (number === undefined) return "port-unknown";
    return number === port.port ? "matches" : "no-match";
  };
  const other = direction === "ingress" ? "egress" : "ingress";
  const found = [
    ...failsafe[direction].map((port) => here(port, "destination")),
    ...(withReplies ? failsafe[other].map((port) => here(port, "source")) : []),
  ];
  if (found.includes("matches")) return "matches";
  return found.includes("port-unknown") ? "port-unknown" : "no-match";
}
