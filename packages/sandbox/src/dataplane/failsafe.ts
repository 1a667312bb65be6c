import { objectOf, objectsOf, stringOf } from "../json";
import type { KubeObject } from "../store/types";
import { netContains, parseNet, type Address } from "./address";
import { readProtocol } from "./lower-rule";
import { PROTOCOL, type Direction, type FailsafePort, type Failsafes, type Packet } from "./model";

const tcp = (port: number): FailsafePort => ({ protocol: PROTOCOL.tcp, port, net: undefined });
const udp = (port: number): FailsafePort => ({ protocol: PROTOCOL.udp, port, net: undefined });

/** BGP, etcd, Typha and the Kubernetes API, in and out. */
const BOTH_WAYS = [179, 2379, 2380, 5473, 6443, 6666, 6667].map(tcp);

/** What Felix takes where nothing else is configured (felix/config, FailsafeInboundHostPorts and …Outbound…). */
const DEFAULT_FAILSAFES: Failsafes = {
  ingress: [tcp(22), udp(68), ...BOTH_WAYS],
  egress: [udp(53), udp(67), ...BOTH_WAYS],
};

/** The failsafe ports that FelixConfiguration `default` gives; an empty list means none. */
export function readFailsafes(configuration: KubeObject | undefined): Failsafes {
  const spec = objectOf(configuration?.["spec"]);
  return {
    ingress: readPorts(spec["failsafeInboundHostPorts"]) ?? DEFAULT_FAILSAFES.ingress,
    egress: readPorts(spec["failsafeOutboundHostPorts"]) ?? DEFAULT_FAILSAFES.egress,
  };
}

function readPorts(value: unknown): readonly FailsafePort[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return objectsOf(value).map(({ protocol, port, net }) => ({
    protocol: readProtocol(stringOf(protocol) || "TCP") ?? PROTOCOL.tcp,
    port: Number(port),
    net: parseNet(stringOf(net)),
  }));
}

/** Whether a packet from or to a process of the host is let through whatever policy says. */
export function isFailsafe(failsafes: Failsafes, direction: Direction, packet: Packet): boolean {
  const peer = direction === "ingress" ? packet.source : packet.destination;
  return failsafes[direction].some((port) => meets(port, packet, { peer, port: packet.destinationPort }));
}

/**
 * Whether the raw table lets a packet by for a failsafe port: before connection tracking the answers of the other
 * direction's connections must be let by, too (felix/rules, failsafeInChain and failsafeOutChain).
 */
export function isFailsafeOrAnswer(failsafes: Failsafes, direction: Direction, packet: Packet): boolean {
  const peer = direction === "ingress" ? packet.source : packet.destination;
  const other = failsafes[direction === "ingress" ? "egress" : "ingress"];
  return (
    isFailsafe(failsafes, direction, packet) ||
    other.some((port) => meets(port, packet, { peer, port: packet.sourcePort }))
  );
}

function meets(
  { protocol, port, net }: FailsafePort,
  packet: Packet,
  at: { readonly peer: Address; readonly port: number },
): boolean {
  return protocol === packet.protocol && port === at.port && (net === undefined || netContains(net, at.peer));
}
