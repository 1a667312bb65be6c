import type { EntityRule, Rule } from "../model/policy";
import type { EndTerms, TermBook } from "./terms";

/** What a rule asks of addresses, as entries of the index. */
export interface RuleTerms {
  readonly rule: Rule;
  readonly source: EndTerms;
  readonly destination: EndTerms;
  readonly portNames: readonly string[];
  /** The lists of domains that its ends name. */
  readonly domains: readonly (readonly string[])[];
}

/** What this folder knows of rules and of their ends: whatever else one holds may tell endpoints apart in ways unknown here. */
const RULE_FIELDS: ReadonlySet<string> = new Set([
  "action",
  "protocol",
  "notProtocol",
  "ipVersion",
  "icmp",
  "notIcmp",
  "http",
  "source",
  "destination",
  "annotations",
  "unknown",
] satisfies readonly (keyof Rule)[]);

const ENTITY_FIELDS: ReadonlySet<string> = new Set([
  "selector",
  "notSelector",
  "namespaceSelector",
  "nets",
  "notNets",
  "ports",
  "notPorts",
  "serviceAccounts",
  "services",
  "domains",
] satisfies readonly (keyof EntityRule)[]);

const saysMore = (value: object, known: ReadonlySet<string>): boolean =>
  Object.entries(value).some(
    ([key, part]) => !known.has(key) && part !== undefined && !(Array.isArray(part) && part.length === 0),
  );

/** Whether a rule holds a construct that the index does not know: it is then judged by the plain judge alone. */
export const isStrange = (rule: Rule): boolean =>
  saysMore(rule, RULE_FIELDS) || saysMore(rule.source, ENTITY_FIELDS) || saysMore(rule.destination, ENTITY_FIELDS);

const namesIn = ({ ports, notPorts }: EntityRule): readonly string[] =>
  [...ports, ...notPorts].flatMap((port) => (port.kind === "named" ? [port.name] : []));

/** Registers what a rule of a policy of the namespace (empty: global) asks. */
export function acquireRule<Owner>(book: TermBook<Owner>, rule: Rule, namespace: string): RuleTerms {
  return {
    rule,
    source: book.acquire(rule.source, namespace),
    destination: book.acquire(rule.destination, namespace),
    portNames: [...namesIn(rule.source), ...namesIn(rule.destination)],
    domains: [rule.source.domains, rule.destination.domains].filter(({ length }) => length > 0),
  };
}

/** Takes it back. */
export function releaseRule<Owner>(book: TermBook<Owner>, { source, destination }: RuleTerms): void {
  book.release(source);
  book.release(destination);
}
