import { entityMatch } from "../model/effective-selector";
import type { EntityRule, Port } from "../model/policy";
import { PROTOCOL_NUMBERS, protocolHasPorts } from "../model/protocol";
import { cidrContains, type Cidr, type IpAddress } from "../net/address";
import type { DomainBook } from "./domains";
import { compileSelector, type SelectorMatcher } from "../selector/evaluate";
import { decided, MATCH, negate, NO_MATCH, undecided, type Holder, type Outcome } from "./packet";

/** An address and port that a Kubernetes service sends to. */
export interface ServiceTarget {
  readonly address: IpAddress;
  readonly protocol: number;
  readonly port: number;
}

/** One end of a packet, with what holds its address. */
export interface PacketEnd {
  readonly side: "source" | "destination";
  readonly address: IpAddress;
  readonly protocol: number;
  readonly port?: number;
  readonly holders: readonly Holder[];
  /** Where a service sends to, or undefined when services are not known. */
  readonly serviceTargets: (namespace: string, name: string) => readonly ServiceTarget[] | undefined;
  readonly domains: DomainBook;
}

/** Whether an end of a packet is what an end of a rule means. */
export type EntityMatcher = (end: PacketEnd) => Outcome;

type Check = (end: PacketEnd) => Outcome;

const anyHolder =
  (matches: SelectorMatcher): Check =>
  ({ holders }) =>
    decided(holders.some((holder) => matches(holder.labels)));

/**
 * Network sets hold addresses by their domains, too, but only to the destinations of egress rules (Calico Enterprise,
 * NetworkSet, allowedEgressDomains).
 */
const anyHolderOrDomain = (matches: SelectorMatcher): Check => {
  const direct = anyHolder(matches);
  return (end) => {
    if (direct(end).kind === "match") return MATCH;
    const sets = end.domains.setsAt(end.address).filter(({ holder }) => matches(holder.labels));
    if (sets.some(({ holds }) => holds === true)) return MATCH;
    const [first] = sets;
    return first && first.holds !== true ? unobserved(first.holds.unobserved) : NO_MATCH;
  };
};

const unobserved = (domain: string): Outcome => undecided(`which addresses ${domain} has was not observed`);

const domainCheck =
  (domains: readonly string[]): Check =>
  ({ domains: book, address }) => {
    const holds = book.holds(domains, address);
    return typeof holds === "boolean" ? decided(holds) : unobserved(holds.unobserved);
  };

/** Which named ports a rule means: those of its own protocol, of TCP where it names none (Calico, felix rule scanner). */
const namedPortProtocol = (protocol: number | undefined): number =>
  protocol !== undefined && protocolHasPorts(protocol) ? protocol : PROTOCOL_NUMBERS.TCP;

/** What the ports of an end are matched with. */
interface PortContext {
  readonly selector: SelectorMatcher | undefined;
  readonly namedProtocol: number;
}

function portCheck(ports: readonly Port[], { selector, namedProtocol }: PortContext): Check {
  const ranges = ports.filter((port) => port.kind === "range");
  const names = new Set(ports.flatMap((port) => (port.kind === "named" ? [port.name] : [])));
  return ({ protocol, port, holders, side }) => {
    if (!protocolHasPorts(protocol)) return NO_MATCH;
    if (port === undefined) return undecided(`the ${side} port is not known`);
    if (ranges.some(({ from, to }) => from <= port && port <= to)) return MATCH;
    const offers = (holder: Holder) =>
      holder.ports.some((p) => names.has(p.name) && p.protocol === namedProtocol && p.port === port);
    return decided(
      names.size > 0 && protocol === namedProtocol && holders.some((h) => (selector?.(h.labels) ?? true) && offers(h)),
    );
  };
}

/**
 * A list of nets that holds none of the packet's IP version takes the whole rule out for that version, notNets too
 * (Calico, felix rules/policy.go, FilterRuleToIPVersion).
 */
const outsideNets = (nets: readonly Cidr[], address: IpAddress): boolean =>
  nets.some(({ version }) => version === address.version) && !nets.some((net) => cidrContains(net, address));

function serviceCheck(namespace: string, name: string): Check {
  return ({ address, protocol, port, side, serviceTargets }) => {
    const targets = serviceTargets(namespace, name);
    if (!targets) return undecided(`where service ${namespace}/${name} sends to is not known`);
    const here = targets.filter((t) => t.address.version === address.version && t.address.value === address.value);
    if (side === "source") return decided(here.length > 0);
    if (here.length > 0 && port === undefined && protocolHasPorts(protocol))
      return undecided("the destination port is not known");
    return decided(here.some((t) => t.protocol === protocol && t.port === port));
  };
}

/** Where an end of a rule stands: the namespace of the policy (empty: global) and the protocol of the rule. */
export interface EntityContext {
  readonly namespace: string;
  readonly protocol?: number;
  /** Domains count at the destination of egress rules alone. */
  readonly place: "egress-destination" | "other";
}

/** Compiles an end of a rule. */
export function compileEntity(entity: EntityRule, { namespace, protocol, place }: EntityContext): EntityMatcher {
  const checks: Check[] = [];
  const match = entityMatch(entity, namespace);
  const selector = match.selector && compileSelector(match.selector);
  const held = place === "egress-destination" ? anyHolderOrDomain : anyHolder;
  if (selector) checks.push(held(selector));
  if (match.notSelector) {
    const unwanted = held(compileSelector(match.notSelector));
    checks.push((end) => negate(unwanted(end)));
  }
  if (entity.nets.length > 0) checks.push(({ address }) => decided(entity.nets.some((n) => cidrContains(n, address))));
  if (entity.notNets.length > 0) {
    checks.push(({ address }) => decided(outsideNets(entity.notNets, address)));
  }
  if (entity.domains.length > 0) checks.push(domainCheck(entity.domains));
  const ports: PortContext = { selector, namedProtocol: namedPortProtocol(protocol) };
  if (entity.ports.length > 0) checks.push(portCheck(entity.ports, ports));
  if (entity.notPorts.length > 0) {
    const unwanted = portCheck(entity.notPorts, ports);
    checks.push((end) => negate(unwanted(end)));
  }
  if (entity.services) checks.push(serviceCheck(entity.services.namespace ?? namespace, entity.services.name));
  return (end) => allOf(checks, end);
}

/** Every check must match; one that does not decides, whatever the others do not know. */
function allOf(checks: readonly Check[], end: PacketEnd): Outcome {
  let unknown: Outcome | undefined;
  for (const check of checks) {
    const outcome = check(end);
    if (outcome.kind === "no-match") return outcome;
    if (outcome.kind === "unknown") unknown ??= outcome;
  }
  return unknown ?? MATCH;
}
