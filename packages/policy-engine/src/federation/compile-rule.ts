import type { JsonObject, JsonValue } from "../json/json";
import { entityMatch } from "../model/effective-selector";
import { NAMESPACE_LABEL } from "../model/labels";
import type { Direction, EntityRule, Rule, Selector } from "../model/policy";
import type { SelectorNode } from "../selector/ast";
import { compileSelector } from "../selector/evaluate";
import { printSelector } from "../selector/printer";
import { labelRestrictions } from "../selector/restrictions";
import { mapLeaves } from "../selector/rewrite";
import { MANAGED_LABEL, OUR_PREFIX, peerLabel } from "./names";

/** A rule compiled for one cluster. */
export interface CompiledRule {
  /** The rule for local endpoints, and beside it the one for published sets where there is one. */
  readonly rules: readonly JsonObject[];
  /** Selectors over the mesh whose workloads need a peer label. */
  readonly peers: readonly SelectorNode[];
  /** Why the rule cannot be compiled; empty when it can. */
  readonly refusals: readonly RuleRefusal[];
}

/** What stands in the way of compiling a rule. */
export interface RuleRefusal {
  readonly code: "our-label" | "named-port";
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
  /** Whether identities are published into the cluster, so that peers may be remote. */
  readonly federated: boolean;
  /** Whether the policy judges forwarded packets too, so that either end may be remote. */
  readonly forwarded: boolean;
}

const NOT_OURS: SelectorNode = { kind: "not", operand: { kind: "has", label: MANAGED_LABEL } };
const NO_LABELS: ReadonlyMap<string, string> = new Map();

/**
 * Whether a selector that names none of our labels matches published sets. INVARIANT: a set carries labels under our
 * prefix alone, so that such a selector sees on it what it sees on nothing.
 */
const matchesSets = (node: SelectorNode): boolean => compileSelector(node)(NO_LABELS);

const isPeer = (selector: SelectorNode): SelectorNode => ({
  kind: "compare",
  operator: "==",
  label: peerLabel(selector),
  value: "1",
});

function withoutSets(node: SelectorNode | undefined): SelectorNode {
  if (!node || node.kind === "all") return NOT_OURS;
  return { kind: "and", operands: [node, NOT_OURS] };
}

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

function refusalsOf({ rule, direction, federated, namespace }: RuleToCompile): readonly RuleRefusal[] {
  const refusals: RuleRefusal[] = [];
  const all = [...selectorsOf(rule.source), ...selectorsOf(rule.destination)];
  if (all.some(({ node }) => namesOurLabel(node))) {
    const message = `labels under \`${OUR_PREFIX}\` are not for policies to name`;
    refusals.push({ code: "our-label", message, hint: "select workloads by their own labels" });
  }
  const far = rule[farEnd(direction)];
  const named = [...far.ports, ...far.notPorts].some((port) => port.kind === "named");
  if (federated && named && entityMatch(far, namespace).selector) {
    const message = "a port name of a peer in another cluster cannot be resolved";
    refusals.push({ code: "named-port", message, hint: "write the port's number" });
  }
  return refusals;
}

/** The end of a rule that is not the endpoint which the policy applies to. */
export const farEnd = (direction: Direction): "source" | "destination" =>
  direction === "ingress" ? "source" : "destination";

const nearEnd = (direction: Direction): "source" | "destination" =>
  direction === "ingress" ? "destination" : "source";

function objectAt(json: JsonObject, key: string): JsonObject {
  const value: JsonValue | undefined = json[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function without(json: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)));
}

/** An end of a rule so that it matches what it would if our sets were not there. */
function localEnd(json: JsonObject, entity: EntityRule, source: RuleToCompile): JsonObject {
  const { selector, notSelector } = entityMatch(entity, source.namespace);
  if (selector) {
    if (!matchesSets(selector)) return json;
    return { ...json, selector: printSelector(withoutSets(entity.selector?.node)) };
  }
  if (!notSelector || (!source.federated && !matchesSets(notSelector))) return json;
  // Alone, notSelector names whom the rule is not about: over the mesh these are published workloads too.
  const local = matchesSets(notSelector) ? withoutSets(notSelector) : notSelector;
  const all: SelectorNode = { kind: "or", operands: [local, isPeer(notSelector)] };
  return { ...json, notSelector: printSelector(source.federated ? all : local) };
}

/** Pods always have a namespace: a selector that forbids one selects no workload of the mesh. */
const maySelectPods = (selector: SelectorNode): boolean =>
  labelRestrictions(selector).get(NAMESPACE_LABEL)?.mustBeAbsent !== true;

/** The end for the sets of what the selector selects, which stands for notSelector too. */
const remoteEnd = (json: JsonObject, selector: SelectorNode): JsonObject => ({
  ...without(json, ["serviceAccounts", "notSelector"]),
  selector: printSelector(isPeer(selector)),
  namespaceSelector: "global()",
});

function withEnd(json: JsonObject, key: "source" | "destination", end: JsonObject): JsonObject {
  return Object.keys(end).length === 0 ? json : { ...json, [key]: end };
}

/**
 * Compiles one rule for one cluster (decision 7): the rule as written, from which published sets are kept out, and, in
 * the same place of the order, the same rule for the sets of the remote workloads that its peer selects.
 */
export function compileRule(source: RuleToCompile): CompiledRule {
  const { json, rule, direction, namespace, federated, forwarded } = source;
  const [near, far] = [nearEnd(direction), farEnd(direction)];
  let local = withEnd(json, far, localEnd(objectAt(json, far), rule[far], source));
  if (forwarded) local = withEnd(local, near, localEnd(objectAt(json, near), rule[near], source));
  const { selector, notSelector } = entityMatch(rule[far], namespace);
  const twin = federated && selector !== undefined && maySelectPods(selector);
  const remote = twin ? [withEnd(local, far, remoteEnd(objectAt(json, far), selector))] : [];
  const asked = twin ? selector : notSelector;
  return {
    rules: [local, ...remote],
    peers: federated && asked ? [asked] : [],
    refusals: refusalsOf(source),
  };
}
