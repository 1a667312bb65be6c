import { entityMatch } from "../model/effective-selector";
import type { Policy } from "../model/policy";
import { PROTOCOL_NUMBERS, protocolHasPorts } from "../model/protocol";
import type { Direction, EntityRule, Port, Rule } from "../model/rule";
import { formatCidr, type Cidr } from "../net/address";
import type { SelectorNode } from "../selector/ast";
import { printSelector } from "../selector/printer";

/** An end of a connection as rules name it. */
export type Side = "source" | "destination";

/** A selector over who holds an address; selectors of one text are one. */
export interface HolderSelector {
  readonly text: string;
  readonly node: SelectorNode;
}

/** An end of a rule, apart from the policy that it stands in. Ends that ask the same are one. */
export interface RuleEnd {
  readonly key: string;
  readonly side: Side;
  readonly selector?: HolderSelector;
  readonly notSelector?: HolderSelector;
  readonly nets: readonly Cidr[];
  readonly notNets: readonly Cidr[];
  readonly ports: readonly Port[];
  readonly notPorts: readonly Port[];
  /** The protocol whose ports named ones are. */
  readonly namedProtocol: number;
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly domains: readonly string[];
  /** Network sets hold addresses by their domains, too: at the destination of egress rules alone. */
  readonly withDomainSets: boolean;
  /** It asks the same of every address. */
  readonly anyAddress: boolean;
}

const holderSelector = (node: SelectorNode): HolderSelector => ({ text: printSelector(node), node });

const portText = (port: Port): string => (port.kind === "named" ? port.name : `${port.from}:${port.to}`);

const isNamed = (ports: readonly Port[]): boolean => ports.some(({ kind }) => kind === "named");

/** Which named ports a rule means: those of its own protocol, of TCP where it names none (Calico, felix rule scanner). */
const namedPortProtocol = (protocol: number | undefined): number =>
  protocol !== undefined && protocolHasPorts(protocol) ? protocol : PROTOCOL_NUMBERS.TCP;

function keyOf(end: Omit<RuleEnd, "key" | "anyAddress">): string {
  const named = isNamed([...end.ports, ...end.notPorts]);
  return JSON.stringify([
    end.side,
    end.selector?.text ?? null,
    end.notSelector?.text ?? null,
    end.nets.map(formatCidr),
    end.notNets.map(formatCidr),
    end.ports.map(portText),
    end.notPorts.map(portText),
    named ? end.namedProtocol : null,
    end.service ?? null,
    end.domains,
    end.withDomainSets && (end.selector ?? end.notSelector) !== undefined,
  ]);
}

/** Where a rule stands: in a policy of the namespace (empty: global), in a direction. */
interface RulePlace {
  readonly direction: Direction;
  readonly namespace: string;
}

/** What an end of a rule asks. */
function ruleEnd(rule: Rule, side: Side, { direction, namespace: policyNamespace }: RulePlace): RuleEnd {
  const entity: EntityRule = rule[side];
  const { selector, notSelector } = entityMatch(entity, policyNamespace);
  const { nets, notNets, ports, notPorts, services, domains } = entity;
  const end = {
    side,
    ...(selector && { selector: holderSelector(selector) }),
    ...(notSelector && { notSelector: holderSelector(notSelector) }),
    nets,
    notNets,
    ports,
    notPorts,
    namedProtocol: namedPortProtocol(rule.protocol),
    ...(services && { service: { namespace: services.namespace ?? policyNamespace, name: services.name } }),
    domains,
    withDomainSets: direction === "egress" && side === "destination",
  };
  const anyAddress =
    !selector &&
    !notSelector &&
    !services &&
    nets.length + notNets.length + domains.length === 0 &&
    !isNamed([...ports, ...notPorts]);
  return { ...end, key: keyOf(end), anyAddress };
}

/** A rule as it is asked at an endpoint: `near` is the endpoint's own end. */
export interface RulePlan {
  readonly rule: Rule;
  readonly near: RuleEnd;
  readonly far: RuleEnd;
}

/** The rules of a policy or profile in one direction. */
export interface RulesPlan {
  readonly rules: readonly RulePlan[];
  /** Absent for a profile. */
  readonly policy?: Policy;
}

/** A policy's or a profile's rules in both directions. */
export type SpeakerPlan = Readonly<Record<Direction, RulesPlan>>;

function rulesPlan(rules: readonly Rule[], direction: Direction, policy: Policy | undefined): RulesPlan {
  const [near, far]: readonly [Side, Side] =
    direction === "ingress" ? ["destination", "source"] : ["source", "destination"];
  const place = { direction, namespace: policy?.namespace ?? "" };
  return {
    ...(policy && { policy }),
    rules: rules.map((rule) => ({ rule, near: ruleEnd(rule, near, place), far: ruleEnd(rule, far, place) })),
  };
}

type Ruled = Readonly<Record<Direction, readonly Rule[]>>;

/** Policies and profiles never change: each is planned once. */
const planned = new WeakMap<Ruled, SpeakerPlan>();

/** Plans the rules of a policy, or of a profile where `policy` is absent. */
export function planOf(rules: Ruled, policy?: Policy): SpeakerPlan {
  const known = planned.get(rules);
  if (known) return known;
  const plan = {
    ingress: rulesPlan(rules.ingress, "ingress", policy),
    egress: rulesPlan(rules.egress, "egress", policy),
  };
  planned.set(rules, plan);
  return plan;
}
