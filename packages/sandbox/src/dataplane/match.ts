import { netContains, versionOf, type Address, type Net } from "./address";
import { PROTOCOL, type EntityMatch, type IcmpMatch, type Packet, type PortMatch, type Rule } from "./model";
import type { Program } from "./program";

/** The protocols that the kernel's match of port numbers knows (xt_multiport). */
const CARRIES_PORTS: ReadonlySet<number> = new Set([PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.sctp, PROTOCOL.udplite]);

/** Whether a rule matches a packet, under the sets of `program`. */
export function matches(rule: Rule, packet: Packet, program: Program): boolean {
  const namedProtocol = namedPortProtocol(rule);
  return (
    (rule.ipVersion === undefined || rule.ipVersion === versionOf(packet.source)) &&
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
    (match.notNets === undefined || outside(match.notNets, address)) &&
    selectorsMatch(match, address, program) &&
    (match.ports === undefined || portMatches(match.ports, match, context)) &&
    (match.notPorts === undefined || notPortMatches(match.notPorts, match, context)) &&
    (match.service === undefined || serviceMatches(match.service, address, context))
  );
}

/** A rule whose nets are all of the other IP version is not rendered for this one, negated or not (rules/policy.go, filterNets). */
function outside(nets: readonly Net[], address: Address): boolean {
  const own = nets.filter(({ base }) => versionOf(base) === versionOf(address));
  return own.length > 0 && !own.some((net) => netContains(net, address));
}

/** Where ports are only given by name, their set already holds none but selected endpoints, and takes this one's place. */
function selectorsMatch({ selector, notSelector, ports }: EntityMatch, address: Address, program: Program): boolean {
  const onlyNames = ports !== undefined && ports.ranges.length === 0;
  return (
    (selector === undefined || onlyNames || program.addressesOf(selector).has(address)) &&
    (notSelector === undefined || !program.addressesOf(notSelector).has(address))
  );
}

const portOf = ({ packet, side }: Context): number => (side === "source" ? packet.sourcePort : packet.destinationPort);

function portMatches(ports: PortMatch, match: EntityMatch, context: Context): boolean {
  if (!CARRIES_PORTS.has(context.packet.protocol)) return false;
  const port = portOf(context);
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

/** Named ports are those of endpoints that the side's selector selects; network sets have none. */
function namedPortMatches({ names }: PortMatch, { selector }: EntityMatch, context: Context): boolean {
  const { packet, program, side, namedProtocol } = context;
  if (packet.protocol !== namedProtocol) return false;
  return names.some((name) =>
    program.portsOf({ selector, name, protocol: namedProtocol }).has(packet[side], portOf(context)),
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
      ({ addresses, ports }) =>
        addresses.includes(address) &&
        (side === "source" ||
          ports.some(({ protocol, port }) => protocol === packet.protocol && port === packet.destinationPort)),
    );
}
