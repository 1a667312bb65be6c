import type { Direction, IcmpMatch, Rule } from "../model/policy";
import { PROTOCOL_NUMBERS } from "../model/protocol";
import type { DomainBook } from "./domains";
import { compileEntity, type PacketEnd, type ServiceTarget } from "./match-entity";
import { compileHttp } from "./match-http";
import { decided, MATCH, negate, NO_MATCH, undecided, type Holder, type Outcome, type Packet } from "./packet";
import type { IpAddress } from "../net/address";

/** What a rule needs to know about the world: who holds an address, where services send to, and what DNS answered. */
export interface RuleWorld {
  readonly holdersOf: (address: IpAddress) => readonly Holder[];
  readonly serviceTargets: (namespace: string, name: string) => readonly ServiceTarget[] | undefined;
  readonly domains: DomainBook;
}

/** Whether a rule matches a packet. */
export type RuleMatcher = (packet: Packet, world: RuleWorld) => Outcome;

const isIcmp = (protocol: number): boolean =>
  protocol === PROTOCOL_NUMBERS.ICMP || protocol === PROTOCOL_NUMBERS.ICMPv6;

function icmpOutcome(match: IcmpMatch, packet: Packet): Outcome {
  if (match.type === undefined) return MATCH;
  if (!isIcmp(packet.protocol)) return NO_MATCH;
  if (!packet.icmp) return undecided("the ICMP type is not known");
  return decided(packet.icmp.type === match.type && (match.code === undefined || packet.icmp.code === match.code));
}

function headerOutcomes(rule: Rule, packet: Packet): readonly Outcome[] {
  return [
    decided(rule.protocol === undefined || rule.protocol === packet.protocol),
    decided(rule.notProtocol === undefined || rule.notProtocol !== packet.protocol),
    decided(rule.ipVersion === undefined || rule.ipVersion === packet.source.version),
    rule.icmp ? icmpOutcome(rule.icmp, packet) : MATCH,
    rule.notIcmp && rule.notIcmp.type !== undefined ? negate(icmpOutcome(rule.notIcmp, packet)) : MATCH,
  ];
}

/** What a rule asks beyond addresses and ports: it decides nothing unless everything else matches. */
function compileDeeper({ unknown, http }: Rule): (packet: Packet) => Outcome {
  if (unknown.length > 0) {
    const outcome = undecided(`the rule has fields that are not known: ${unknown.join(", ")}`);
    return () => outcome;
  }
  if (!http) return () => MATCH;
  const matches = compileHttp(http);
  return (packet) => matches(packet.http);
}

function endOf(packet: Packet, side: "source" | "destination", world: RuleWorld): PacketEnd {
  const port = side === "source" ? packet.sourcePort : packet.destinationPort;
  const address = packet[side];
  return {
    side,
    address,
    protocol: packet.protocol,
    ...(port !== undefined && { port }),
    holders: world.holdersOf(address),
    serviceTargets: world.serviceTargets,
    domains: world.domains,
  };
}

/** Where a rule stands: the namespace of its policy (empty: global), and its direction. */
export interface RuleContext {
  readonly namespace: string;
  readonly direction: Direction;
}

/** Compiles a rule. */
export function compileRuleMatcher(rule: Rule, { namespace, direction }: RuleContext): RuleMatcher {
  const context = { namespace, ...(rule.protocol !== undefined && { protocol: rule.protocol }) };
  const source = compileEntity(rule.source, { ...context, place: "other" });
  const destination = compileEntity(rule.destination, {
    ...context,
    place: direction === "egress" ? "egress-destination" : "other",
  });
  const deeper = compileDeeper(rule);
  return (packet, world) => {
    let unknown: Outcome | undefined;
    for (const outcome of headerOutcomes(rule, packet)) {
      if (outcome.kind === "no-match") return outcome;
      if (outcome.kind === "unknown") unknown ??= outcome;
    }
    for (const outcome of [
      source(endOf(packet, "source", world)),
      destination(endOf(packet, "destination", world)),
      deeper(packet),
    ]) {
      if (outcome.kind === "no-match") return outcome;
      if (outcome.kind === "unknown") unknown ??= outcome;
    }
    return unknown ?? MATCH;
  };
}
