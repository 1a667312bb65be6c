import type { JsonObject, JsonValue } from "../json/json";
import type { Direction, EntityRule, Rule, Selector } from "../model/policy";
import type { SelectorNode } from "../selector/ast";
import { mapLeaves } from "../selector/rewrite";
import { compileEnd, type CompiledEnd, type EndVariant, type RemoteEndpoints } from "./compile-end";
import { OUR_PREFIX } from "./names";
import type { Peer } from "./peer";

/** A rule compiled for one cluster. */
export interface CompiledRule {
  /** The rule for local endpoints, and beside it those for published sets where there are any. */
  readonly rules: readonly JsonObject[];
  /** Endpoints of the mesh whose sets need a label. */
  readonly peers: readonly Peer[];
  /** Why the rule cannot be compiled; empty when it can. */
  readonly refusals: readonly RuleRefusal[];
}

/** What stands in the way of compiling a rule. */
export interface RuleRefusal {
  readonly message: string;
  readonly hint: string;
}

/** A rule of a policy, as JSON and as read. */
export interface RuleToCompile {
  readonly json: JsonObject;
  readonly rule: Rule;
  readonly direction: Direction;
  /** Namespace of the policy; empty for a global one. */
  readonly namespace: string;
  /** What is published into the cluster, so that peers may be remote; absent: nothing. */
  readonly remote: RemoteEndpoints | undefined;
  /** Whether the policy judges forwarded packets too, so that either end may be remote. */
  readonly forwarded: boolean;
}

type End = "source" | "destination";

/** The end of a rule that is not the endpoint which the policy applies to. */
export const farEnd = (direction: Direction): End => (direction === "ingress" ? "source" : "destination");

function namesOurLabel(node: SelectorNode): boolean {
  let found = false;
  mapLeaves(node, (leaf) => {
    if ("label" in leaf && leaf.label.startsWith(OUR_PREFIX)) found = true;
    return leaf;
  });
  return found;
}

const selectorsOf = (entity: EntityRule): readonly Selector[] =>
  [entity.selector, entity.notSelector, entity.namespaceSelector, entity.serviceAccounts?.selector].filter(
    (selector) => selector !== undefined,
  );

function ourLabelRefusals({ source, destination }: Rule): readonly RuleRefusal[] {
  if (![...selectorsOf(source), ...selectorsOf(destination)].some(({ node }) => namesOurLabel(node))) return [];
  const message = `labels under \`${OUR_PREFIX}\` are not for policies to name`;
  return [{ message, hint: "select workloads by their own labels" }];
}

function objectAt(json: JsonObject, key: string): JsonObject {
  const value: JsonValue | undefined = json[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

const asWritten = (json: JsonObject): CompiledEnd => ({
  variants: [{ json, fromNames: false }],
  peers: [],
  refusals: [],
});

/** The end of a rule; one that can only be the endpoint which the policy applies to stays as it is. */
function endOf(source: RuleToCompile, end: End): CompiledEnd {
  const { json, rule, direction, namespace, remote, forwarded } = source;
  const written = objectAt(json, end);
  if (end !== farEnd(direction) && !forwarded) return asWritten(written);
  return compileEnd({ json: written, entity: rule[end], namespace, protocol: rule.protocol, remote });
}

const withEnd = (json: JsonObject, key: End, end: JsonObject): JsonObject =>
  Object.keys(end).length === 0 ? json : { ...json, [key]: end };

function withEnds(json: JsonObject, source: EndVariant, destination: EndVariant): JsonObject {
  const made = withEnd(withEnd(json, "source", source.json), "destination", destination.json);
  const needsProtocol = (source.fromNames || destination.fromNames) && !("protocol" in json);
  return needsProtocol ? { ...made, protocol: "TCP" } : made;
}

/**
 * Compiles one rule for one cluster (decision 7): the rule as written, from which published sets are kept out, and, in
 * the same place of the order, the same rule for the sets of the remote workloads that its peers select.
 */
export function compileRule(source: RuleToCompile): CompiledRule {
  const [from, to] = [endOf(source, "source"), endOf(source, "destination")];
  return {
    rules: from.variants.flatMap((a) => to.variants.map((b) => withEnds(source.json, a, b))),
    peers: [...from.peers, ...to.peers],
    refusals: [
      ...ourLabelRefusals(source.rule),
      ...[...from.refusals, ...to.refusals].map((message) => ({ message, hint: "write the port's number" })),
    ],
  };
}
