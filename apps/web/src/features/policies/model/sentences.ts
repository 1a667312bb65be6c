import {
  formatCidr,
  parseResource,
  protocolName,
  type EntityRule,
  type Policy,
  type Port,
  type Rule,
  type RuleAction,
} from "@isthmus/policy-engine";

/** One rule as a person says it; `action` is its verdict, told by a glyph beside. */
export interface RuleSentence {
  readonly action: RuleAction;
  readonly text: string;
  /** Constructs that are not understood: the rule is then not read as if they were not there. */
  readonly unknown: readonly string[];
}

/** A policy in sentences; null where its text cannot be read. */
export interface PolicySentences {
  readonly selects: string;
  readonly directions: readonly { readonly direction: "ingress" | "egress"; readonly rules: readonly RuleSentence[] }[];
  readonly unknown: readonly string[];
}

const ports = (list: readonly Port[]): string =>
  list
    .map((port) =>
      port.kind === "named" ? port.name : port.from === port.to ? String(port.from) : `${port.from}-${port.to}`,
    )
    .join(", ");

function peers(entity: EntityRule): string {
  const parts = [
    entity.selector ? `\`${entity.selector.text}\`` : "",
    entity.notSelector ? `not \`${entity.notSelector.text}\`` : "",
    entity.namespaceSelector ? `in namespaces with \`${entity.namespaceSelector.text}\`` : "",
    entity.serviceAccounts && entity.serviceAccounts.names.length > 0
      ? `service accounts ${entity.serviceAccounts.names.join(", ")}`
      : "",
    entity.serviceAccounts?.selector ? `service accounts with \`${entity.serviceAccounts.selector.text}\`` : "",
    entity.services
      ? `service ${entity.services.namespace === undefined ? "" : `${entity.services.namespace}/`}${entity.services.name}`
      : "",
    entity.nets.length > 0 ? entity.nets.map(formatCidr).join(", ") : "",
    entity.notNets.length > 0 ? `outside ${entity.notNets.map(formatCidr).join(", ")}` : "",
  ];
  return parts.filter(Boolean).join(" ");
}

function portsOf(entity: EntityRule): string {
  return [
    entity.ports.length > 0 ? ports(entity.ports) : "",
    entity.notPorts.length > 0 ? `any port but ${ports(entity.notPorts)}` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function what(rule: Rule): string {
  const protocol =
    rule.protocol === undefined
      ? rule.notProtocol === undefined
        ? ""
        : `anything but ${protocolName(rule.notProtocol)}`
      : protocolName(rule.protocol);
  const to = portsOf(rule.destination);
  const from = portsOf(rule.source);
  return [
    protocol,
    to,
    from === "" ? "" : `from port ${from}`,
    rule.ipVersion === undefined ? "" : `IPv${rule.ipVersion}`,
    rule.http ? "HTTP" : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function sentence(rule: Rule): RuleSentence {
  const from = peers(rule.source);
  const to = peers(rule.destination);
  const ends = [from === "" ? "" : `from ${from}`, to === "" ? "" : `to ${to}`].filter(Boolean).join(" ");
  return {
    action: rule.action,
    text: [rule.action, what(rule) || "everything", ends].filter(Boolean).join(" "),
    unknown: rule.unknown,
  };
}

function selectsOf(policy: Policy): string {
  const parts = [
    policy.selector ? policy.selector.text : "all()",
    policy.namespace === "" ? "" : `in ${policy.namespace}`,
    policy.namespaceSelector ? `in namespaces with ${policy.namespaceSelector.text}` : "",
    policy.serviceAccountSelector ? `as service accounts with ${policy.serviceAccountSelector.text}` : "",
  ];
  return parts.filter(Boolean).join(" ");
}

/** Says a policy in sentences. A manifest that was saved once is always readable; another engine may not know it. */
export function describePolicy(manifest: unknown): PolicySentences | null {
  const parsed = parseResource(manifest, "cluster");
  if (!parsed.ok || parsed.value.resource.resource !== "policy") return null;
  const policy = parsed.value.resource;
  return {
    selects: selectsOf(policy),
    directions: policy.types.map((direction) => ({ direction, rules: policy[direction].map(sentence) })),
    unknown: policy.unknown,
  };
}
