import { netContains, type Address } from "./address";
import { PROTOCOL, type EntityMatch, type IcmpMatch, type Packet, type PortMatch, type Rule } from "./model";
import type { Program } from "./program";
import { selects } from "./selector";

const CARRIES_PORTS: ReadonlySet<number> = new Set([PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.sctp, PROTOCOL.udplite]);

/** Whether a rule matches a packet, under the sets of `program`. */
export function matches(rule: Rule, packet: Packet, program: Program): boolean {
  const namedProtocol = namedPortProtocol(rule);
  return (
    rule.ipv4 &&
    (rule.protocol === undefined || rule.protocol === packet.protocol) &&
    (rule.notProtocol === undefined || rule.notProtocol !== packet.protocol) &&
    (rule.icmp === undefined || icmpMatches(rule.icmp, packet)) &&
    (rule.notIcmp === undefined || !icmpMatches(rule.notIcmp, packet)) &&
    sideMatches(rule.source, { side: "source", packet, program, namedProtocol }) &&
    sideMatches(rule.destination, { side: "destination", packet, program, namedProtocol })
  );
}

/** Felix makes one set of a named port: of UDP or SCTP where the rule says so, else of TCP (calc/rule_scanner.go). */
function namedPortProtocol({ protocol }: Rule): number {
  return protocol === PROTOCOL.udp || protocol === PROTOCOL.sctp ? protocol : PROTOCOL.tcp;
}

function icmpMatches(match: IcmpMatch, packet: Packet): boolean {
  if (packet.icmp === undefined) return false;
  return packet.icmp.type === match.type && (match.code === undefined || packet.icmp.code === match.code);
}

interface Context {
  readonly side: "source" | "destination";
  readonly packet: Packet;
  readonly program: Program;
  /** The protocol of ports that are given by name. */
  readonly namedProtocol: number;
}

function sideMatches(match: EntityMatch, context: Context): boolean {
  const { packet, program, side } = context;
  const address = packet[side];
  return (
    (match.nets === undefined || match.nets.some((net) => netContains(net, address))) &&
    (match.notNets === undefined || !match.notNets.some((net) => netContains(net, address))) &&
    selectorsMatch(match, address, program) &&
    (match.ports === undefined || portMatches(match.ports, match, context)) &&
    (match.notPorts === undefined || notPortMatches(match.notPorts, match, context)) &&
    (match.service === undefined || serviceMatches(match.service, address, context))
  );
}

/** Where ports are only given by name, their set already holds none but selected endpoints, and takes this one's place. */
function selectorsMatch({ selector, notSelector, ports }: EntityMatch, address: Address, program: Program): boolean {
  const onlyNames = ports !== undefined && ports.ranges.length === 0;
  return (
    (selector === undefined || onlyNames || program.addressesOf(selector).has(address)) &&
    (notSelector === undefined || !program.addressesOf(notSelector).has(address))
  );
}

function portMatches(ports: PortMatch, match: EntityMatch, context: Context): boolean {
  const { packet, side } = context;
  if (!CARRIES_PORTS.has(packet.protocol)) return false;
  const port = side === "source" ? packet.sourcePort : packet.destinationPort;
  return (
    ports.ranges.some((range) => port >= range.min && port <= range.max) || namedPortMatches(ports, match, context)
  );
}

/**
 * A packet without ports is outside every set of named ports; the kernel's match of numbers needs a protocol that has
 * them.
 */
function notPortMatches(ports: PortMatch, match: EntityMatch, context: Context): boolean {
  const mayStand = ports.ranges.length === 0 || CARRIES_PORTS.has(context.packet.protocol);
  return mayStand && !portMatches(ports, match, context);
}

/** Named ports are those of endpoints that the side's selector selects by their own labels; network sets have none. */
function namedPortMatches(
  { names }: PortMatch,
  { selector }: EntityMatch,
  { packet, program, side, namedProtocol }: Context,
): boolean {
  if (names.length === 0 || packet.protocol !== namedProtocol) return false;
  const endpoint = program.endpointAt(packet[side]);
  if (endpoint === undefined || (selector !== undefined && !selects(selector, endpoint.labels))) return false;
  const port = side === "source" ? packet.sourcePort : packet.destinationPort;
  return endpoint.ports.some(
    (named) => named.port === port && named.protocol === namedProtocol && names.includes(named.name),
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
