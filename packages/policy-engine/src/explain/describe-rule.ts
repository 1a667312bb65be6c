import type { Direction, EntityRule, IcmpMatch, Policy, Port, Rule } from "../model/policy";
import { protocolName } from "../model/protocol";
import { formatCidr, type Cidr } from "../net/address";
import { describeSelector } from "./describe-selector";

/** Where a rule stands; it decides who "it" is and which namespace a peer without one means. */
export interface RulePlace {
  readonly direction: Direction;
  /** Namespace of the policy; empty for a global one. */
  readonly namespace: string;
}

const portText = (port: Port): string => {
  if (port.kind === "named") return `port ${port.name}`;
  return port.from === port.to ? String(port.from) : `${port.from}-${port.to}`;
};

const ports = (list: readonly Port[]): string => list.map(portText).join(", ");
const nets = (list: readonly Cidr[]): string => list.map(formatCidr).join(", ");

function scope(entity: EntityRule, namespace: string): string | undefined {
  const selector = entity.namespaceSelector?.node;
  if (!selector) {
    const narrowed = entity.selector ?? entity.notSelector ?? entity.serviceAccounts;
    return namespace !== "" && narrowed ? `in namespace ${namespace}` : undefined;
  }
  if (selector.kind === "all") return "in any namespace";
  if (selector.kind === "global") return "outside namespaces";
  return `in namespaces where ${describeSelector(selector)}`;
}

function accounts({ serviceAccounts }: EntityRule): readonly string[] {
  if (!serviceAccounts) return [];
  const { names, selector } = serviceAccounts;
  return [
    ...(names.length > 0 ? [`with service account ${names.join(" or ")}`] : []),
    ...(selector ? [`with a service account where ${describeSelector(selector.node)}`] : []),
  ];
}

/** Who an end of a rule speaks of, or undefined for anybody. */
function who(entity: EntityRule, namespace: string): string | undefined {
  const parts: string[] = [];
  if (entity.selector) parts.push(`endpoints where ${describeSelector(entity.selector.node)}`);
  if (entity.services) {
    const name = entity.services.namespace ?? namespace;
    parts.push(`service ${name === "" ? "" : `${name}/`}${entity.services.name}`);
  }
  const by = accounts(entity);
  if (by.length > 0 && parts.length === 0) parts.push("endpoints");
  parts.push(...by);
  const where = scope(entity, namespace);
  if (where) parts.push(parts.length === 0 ? `endpoints ${where}` : where);
  if (entity.nets.length > 0) parts.push(`${parts.length > 0 ? "with addresses in " : ""}${nets(entity.nets)}`);
  if (entity.domains.length > 0) parts.push(`domains ${entity.domains.join(", ")}`);
  if (entity.notSelector)
    parts.push(
      `${parts.length > 0 ? "" : "anybody "}except endpoints where ${describeSelector(entity.notSelector.node)}`,
    );
  if (entity.notNets.length > 0) parts.push(`${parts.length > 0 ? "" : "anybody "}except ${nets(entity.notNets)}`);
  return parts.length > 0 ? parts.join(" ") : undefined;
}

function icmp({ type, code }: IcmpMatch): string {
  return `type ${type ?? "any"}${code === undefined ? "" : ` code ${code}`}`;
}

/** What traffic a rule speaks of: protocol, ports, versions. */
function traffic(rule: Rule): string {
  const { protocol, notProtocol, ipVersion, destination, http } = rule;
  const parts: string[] = [];
  if (protocol !== undefined) parts.push(protocolName(protocol));
  else if (notProtocol !== undefined) parts.push(`anything but ${protocolName(notProtocol)}`);
  else parts.push(destination.ports.length > 0 ? "traffic" : "all traffic");
  if (rule.icmp) parts.push(icmp(rule.icmp));
  if (rule.notIcmp) parts.push(`except ${icmp(rule.notIcmp)}`);
  if (ipVersion !== undefined) parts.push(`over IPv${ipVersion}`);
  if (destination.ports.length > 0) parts.push(`to ${ports(destination.ports)}`);
  if (destination.notPorts.length > 0) parts.push(`except to ${ports(destination.notPorts)}`);
  if (rule.source.ports.length > 0) parts.push(`from ${ports(rule.source.ports)}`);
  if (rule.source.notPorts.length > 0) parts.push(`except from ${ports(rule.source.notPorts)}`);
  if (http) {
    const paths = http.paths.map(({ kind, path }) => (kind === "prefix" ? `${path}*` : path));
    const headers = http.headers.map(({ header, operator, values }) => [header, operator, ...values].join(" "));
    const asked = [...http.methods, ...paths, ...headers.map((text) => `header ${text}`)];
    parts.push(`with HTTP ${asked.join(" ")}`);
  }
  return parts.join(" ");
}

const VERB = { Allow: "Allow", Deny: "Deny", Log: "Log", Pass: "Pass to the next tier" } as const;

/**
 * A rule as a plain sentence, for people: `Deny TCP to 6379 from endpoints where app is "cart" in namespace shop`. What
 * is not understood is said so.
 */
export function describeRule(rule: Rule, { direction, namespace }: RulePlace): string {
  const [near, far] =
    direction === "ingress" ? (["destination", "source"] as const) : (["source", "destination"] as const);
  const peer = who(rule[far], namespace);
  const self = who(rule[near], namespace);
  const preposition = direction === "ingress" ? "from" : "to";
  const anybody = direction === "ingress" ? "from anybody" : "to anybody";
  const parts = [VERB[rule.action], traffic(rule), peer ? `${preposition} ${peer}` : anybody];
  if (self) parts.push(`where this end is ${self}`);
  if (rule.unknown.length > 0) parts.push(`(not understood: ${rule.unknown.join(", ")})`);
  return parts.join(" ");
}

/** Whom a policy applies to, and which way: `Applies to endpoints where app is "cart" in namespace shop, for ingress`. */
export function describePolicy(policy: Policy): string {
  const parts: string[] = [];
  parts.push(
    policy.selector && policy.selector.node.kind !== "all"
      ? `endpoints where ${describeSelector(policy.selector.node)}`
      : "all endpoints",
  );
  if (policy.serviceAccountSelector)
    parts.push(`with a service account where ${describeSelector(policy.serviceAccountSelector.node)}`);
  if (policy.namespace !== "") parts.push(`in namespace ${policy.namespace}`);
  if (policy.namespaceSelector) parts.push(`in namespaces where ${describeSelector(policy.namespaceSelector.node)}`);
  return `Applies to ${parts.join(" ")}, for ${policy.types.join(" and ")}`;
}
