import { netContains, type Address } from "./address";
import { PROTOCOL, type EntityMatch, type IcmpMatch, type Packet, type PortMatch, type Rule } from "./model";
import type { Program } from "./program";

const CARRIES_PORTS: ReadonlySet<number> = new Set([PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.sctp, PROTOCOL.udplite]);

/** Whether a rule matches a packet, under the sets of `program`. */
export function matches(rule: Rule, packet: Packet, program: Program): boolean {
  return (
    rule.ipv4 &&
    (rule.protocol === undefined || rule.protocol === packet.protocol) &&
    (rule.notProtocol === undefined || rule.notProtocol !== packet.protocol) &&
    (rule.icmp === undefined || icmpMatches(rule.icmp, packet)) &&
    (rule.notIcmp === undefined || !icmpMatches(rule.notIcmp, packet)) &&
    sideMatches(rule.source, { side: "source", packet, program }) &&
    sideMatches(rule.destination, { side: "destination", packet, program })
  );
}

function icmpMatches(match: IcmpMatch, packet: Packet): boolean {
  if (packet.icmp === undefined) return false;
  return packet.icmp.type === match.type && (match.code === undefined || packet.icmp.code === match.code);
}

interface Context {
  readonly side: "source" | "destination";
  readonly packet: Packet;
  readonly program: Program;
}

function sideMatches(match: EntityMatch, context: Context): boolean {
  const { packet, program, side } = context;
  const address = packet[side];
  return (
    (match.nets === undefined || match.nets.some((net) => netContains(net, address))) &&
    (match.notNets === undefined || !match.notNets.some((net) => netContains(net, address))) &&
    (match.selector === undefined || program.addressesOf(match.selector).has(address)) &&
    (match.notSelector === undefined || !program.addressesOf(match.notSelector).has(address)) &&
    (match.ports === undefined || portMatches(match.ports, context)) &&
    (match.notPorts === undefined || notPortMatches(match.notPorts, context)) &&
    (match.service === undefined || serviceMatches(match.service, address, context))
  );
}

function portMatches(match: PortMatch, context: Context): boolean {
  const { packet, side } = context;
  if (!CARRIES_PORTS.has(packet.protocol)) return false;
  const port = side === "source" ? packet.sourcePort : packet.destinationPort;
  return match.ranges.some((range) => port >= range.min && port <= range.max) || namedPortMatches(match, context);
}

/** A packet without ports is outside every set of ports, but the kernel's match needs a protocol that has them. */
function notPortMatches(match: PortMatch, context: Context): boolean {
  return CARRIES_PORTS.has(context.packet.protocol) && !portMatches(match, context);
}

function namedPortMatches(match: PortMatch, { packet, program, side }: Context): boolean {
  if (match.names.length === 0) return false;
  const port = side === "source" ? packet.sourcePort : packet.destinationPort;
  const ports = program.endpointAt(packet[side])?.ports ?? [];
  return ports.some(
    (named) => named.port === port && named.protocol === packet.protocol && match.names.includes(named.name),
  );
}

/** As a destination a service means its endpoints' addresses with their ports, as a source the addresses alone. */
function serviceMatches(
  service: { readonly namespace: string; readonly name: string },
  address: Address,
  context: Context,
): boolean {
  const { packet, program, side } = context;
  return program
    .service(service.namespace, service.name)
    .some(
      (endpoint) =>
        endpoint.address === address &&
        (side === "source" || (endpoint.protocol === packet.protocol && endpoint.port === packet.destinationPort)),
    );
}
