import type { SelectorNode } from "../selector/ast";
import { conjunction, mapLeaves, prefixLabels } from "../selector/rewrite";
import { compareBytes } from "../text/order";
import { NAMESPACE_LABEL, NAMESPACE_PREFIX, SERVICE_ACCOUNT_LABEL, SERVICE_ACCOUNT_PREFIX } from "./labels";
import type { EntityRule, Policy, ServiceAccountMatch } from "./policy";

const HAS_NAMESPACE: SelectorNode = { kind: "has", label: NAMESPACE_LABEL };
const HAS_SERVICE_ACCOUNT: SelectorNode = { kind: "has", label: SERVICE_ACCOUNT_LABEL };
const HAS_NO_NAMESPACE: SelectorNode = { kind: "not", operand: HAS_NAMESPACE };

const inNamespace = (value: string): SelectorNode => ({
  kind: "compare",
  operator: "==",
  label: NAMESPACE_LABEL,
  value,
});

/** `all()` means "any namespace" and `global()` "none" in a selector over namespaces. */
const overNamespaces = (node: SelectorNode): SelectorNode =>
  mapLeaves(prefixLabels(node, NAMESPACE_PREFIX), (leaf) =>
    leaf.kind === "all" ? HAS_NAMESPACE : leaf.kind === "global" ? HAS_NO_NAMESPACE : leaf,
  );

const replaceAll = (node: SelectorNode, by: SelectorNode): SelectorNode =>
  mapLeaves(node, (leaf) => (leaf.kind === "all" ? by : leaf));

function serviceAccountTerms(match: ServiceAccountMatch): readonly SelectorNode[] {
  const terms: SelectorNode[] = [];
  if (match.selector) terms.push(prefixLabels(match.selector.node, SERVICE_ACCOUNT_PREFIX));
  if (match.names.length > 0) {
    const values = [...new Set(match.names)].sort(compareBytes);
    terms.push({ kind: "membership", operator: "in", label: SERVICE_ACCOUNT_LABEL, values });
  }
  return terms;
}

/**
 * The one selector over endpoints and network sets that an end of a rule stands for, or undefined where it matches
 * addresses alone (Calico, libcalico-go updateprocessors/rules.go): any selector in a namespaced policy, `notSelector`
 * too, means the policy's own namespace unless namespaceSelector says otherwise. `notSelector` itself is not part of it.
 */
export function entitySelector(entity: EntityRule, policyNamespace: string): SelectorNode | undefined {
  const own = [
    ...(entity.serviceAccounts ? serviceAccountTerms(entity.serviceAccounts) : []),
    ...(entity.selector ? [entity.selector.node] : []),
  ];
  const scope = entity.namespaceSelector
    ? overNamespaces(entity.namespaceSelector.node)
    : policyNamespace === ""
      ? undefined
      : inNamespace(policyNamespace);
  const scoped = scope !== undefined && (own.length > 0 || entity.notSelector || entity.namespaceSelector);
  const terms = scoped ? [scope, ...own] : own;
  return terms.length > 0 ? conjunction(terms) : undefined;
}

/** What must hold an address at an end of a rule, and what must not. */
export interface EntityMatch {
  /** One holder of the address must match it. */
  readonly selector?: SelectorNode;
  /** No holder of the address may match it; addresses that nobody holds pass. */
  readonly notSelector?: SelectorNode;
}

const opposite = (node: SelectorNode): SelectorNode =>
  node.kind === "not" ? node.operand : { kind: "not", operand: node };

/**
 * What an end of a rule asks of those who hold its address. Beside a selector notSelector narrows that selector: one and
 * the same holder must match the one and not the other. Alone it is a set that the address must not be in (Calico, felix
 * rule scanner).
 */
export function entityMatch(entity: EntityRule, policyNamespace: string): EntityMatch {
  const selector = entitySelector(entity, policyNamespace);
  const unwanted = entity.notSelector?.node;
  if (!unwanted) return selector ? { selector } : {};
  return selector ? { selector: conjunction([selector, opposite(unwanted)]) } : { notSelector: unwanted };
}

/**
 * The one selector of the endpoints that a policy applies to. In a global policy with a namespaceSelector or a
 * serviceAccountSelector Calico reads every `all()` as "has a namespace" or "has a service account".
 */
export function policySelector(policy: Policy): SelectorNode {
  const terms = policy.selector ? [policy.selector.node] : [];
  const accounts =
    policy.serviceAccountSelector && prefixLabels(policy.serviceAccountSelector.node, SERVICE_ACCOUNT_PREFIX);
  if (policy.namespace !== "") {
    return conjunction([...terms, inNamespace(policy.namespace), ...(accounts ? [accounts] : [])]);
  }
  let node = conjunction(terms);
  if (policy.namespaceSelector) {
    node = replaceAll(
      conjunction([...terms, prefixLabels(policy.namespaceSelector.node, NAMESPACE_PREFIX)]),
      HAS_NAMESPACE,
    );
  }
  if (!accounts) return node;
  return replaceAll(
    policy.selector || policy.namespaceSelector ? conjunction([node, accounts]) : accounts,
    HAS_SERVICE_ACCOUNT,
  );
}

/**
 * The endpoints that a policy may judge: with fields that are not known it may judge every endpoint of its namespace, or
 * of the cluster.
 */
export function possibleSubjects(policy: Policy): SelectorNode {
  if (policy.unknown.length === 0) return policySelector(policy);
  return policy.namespace === "" ? { kind: "all" } : inNamespace(policy.namespace);
}
