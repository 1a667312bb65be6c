import type { IcmpMatch, Rule } from "../model/policy";
import { PROTOCOL_NUMBERS } from "../model/protocol";
import { compileEntity, type PacketEnd, type ServiceTarget } from "./match-entity";
import { decided, MATCH, negate, NO_MATCH, undecided, type Holder, type Outcome, type Packet } from "./packet";
import type { IpAddress } from "../net/address";

/** What a rule needs to know about the world: who holds an address, and where services send to. */
export interface RuleWorld {
  readonly holdersOf: (address: IpAddress) => readonly Holder[];
  readonly serviceTargets: (namespace: string, name: string) => readonly ServiceTarget[] | undefined;
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
function deeperOutcome(rule: Rule): Outcome {
  if (rule.unknown.length > 0) return undecided(`the rule has fields that are not known: ${rule.unknown.join(", ")}`);
  if (rule.http) return undecided("the rule asks for HTTP requests, and none were observed");
  return MATCH;
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
  };
}

/** Compiles a rule of a policy of the namespace (empty: global). */
export function compileRuleMatcher(rule: Rule, policyNamespace: string): RuleMatcher {
  const context = { namespace: policyNamespace, ...(rule.protocol !== undefined && { protocol: rule.protocol }) };
  const source = compileEntity(rule.source, context);
  const destination = compileEntity(rule.destination, context);
  const deeper = deeperOutcome(rule);
  return (packet, world) => {
    let unknown: Outcome | undefined;
    for (const outcome of headerOutcomes(rule, packet)) {
      if (outcome.kind === "no-match") return outcome;
      if (outcome.kind === "unknown") unknown ??= outcome;
    }
    for (const outcome of [
      source(endOf(packet, "source", world)),
      destination(endOf(packet, "destination", world)),
      deeper,
    ]) {
      if (outcome.kind === "no-match") return outcome;
      if (outcome.kind === "unknown") unknown ??= outcome;
    }
    return unknown ?? MATCH;
  };
}
