/** One change to one file of one side that makes it wrong. */
export interface Mutant {
  readonly what: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

const engine = (file: string, what: string, change: readonly [string, string]): Mutant => ({
  what,
  file: `packages/policy-engine/src/${file}`,
  from: change[0],
  to: change[1],
});

const sandbox = (file: string, what: string, change: readonly [string, string]): Mutant => ({
  what,
  file: `packages/sandbox/src/dataplane/${file}`,
  from: change[0],
  to: change[1],
});

/** What the policy engine could get wrong. The parser of selectors is not among it: both sides share it. */
export const ENGINE_MUTANTS: readonly Mutant[] = [
  engine("evaluate/match-entity.ts", "every holder of an address must match", [
    "holders.some((holder) => matches",
    "holders.every((holder) => matches",
  ]),
  engine("evaluate/match-entity.ts", "notNets of the other IP version are passed over", [
    "nets.some(({ version }) => version === address.version) && ",
    "",
  ]),
  engine("evaluate/match-entity.ts", "a named port is of whatever protocol", [
    "names.size > 0 && protocol === namedProtocol &&",
    "names.size > 0 &&",
  ]),
  engine("model/effective-selector.ts", "notSelector beside a selector is a question of its own", [
    "{ selector: conjunction([selector, opposite(unwanted)]) }",
    "{ selector, notSelector: unwanted }",
  ]),
  engine("model/effective-selector.ts", "notSelector alone does not mean the policy's namespace", [
    "own.length > 0 || entity.notSelector ||",
    "own.length > 0 ||",
  ]),
  engine("evaluate/judge.ts", "a pending end of tier names the last policy", [
    'walk.view === "pending" ? 0 : policies.length - 1',
    "policies.length - 1",
  ]),
  engine("evaluate/applying.ts", "enforced policies are left out of the pending view", [
    "inForce(policy) || isPending(policy.stagedAction)",
    "isPending(policy.stagedAction)",
  ]),
  engine("evaluate/tier-order.ts", "ties of order go by namespace before name", [
    "`${name}/${namespace}/${kind}`",
    "`${namespace}/${name}/${kind}`",
  ]),
  engine("evaluate/match-rule.ts", "notProtocol means protocol", [
    "rule.notProtocol !== packet.protocol",
    "rule.notProtocol === packet.protocol",
  ]),
  engine("selector/evaluate.ts", "a label that is absent is not unequal", [
    "labels.get(label) !== value",
    "labels.has(label) && labels.get(label) !== value",
  ]),
  engine("decode/label-selector.ts", "a pod selector of Kubernetes matches network sets", [
    "conjunction([IS_POD, ...terms(reader)])",
    "conjunction(terms(reader))",
  ]),
];

/** What the sandbox's dataplane could get wrong. */
export const SANDBOX_MUTANTS: readonly Mutant[] = [
  sandbox("match.ts", "the end of a range of ports is not in it", ["port <= range.max", "port < range.max"]),
  sandbox("match.ts", "a named port is of whatever protocol", [
    "if (packet.protocol !== namedProtocol) return false;",
    "",
  ]),
  sandbox("match.ts", "a service means its addresses alone", ['(side === "source" ||', "(addresses.length > 0 ||"]),
  sandbox("lower-entity.ts", "notSelector widens the selector beside it", [
    '{ kind: "and", operands: [selector, { kind: "not"',
    '{ kind: "or", operands: [selector, { kind: "not"',
  ]),
  sandbox("match.ts", "notNets of the other IP version are passed over", ["own.length > 0 && ", ""]),
  sandbox("walk-tiers.ts", "a Log rule ends a policy", [
    'rules.findIndex((rule) => rule.action !== "log" && matches',
    "rules.findIndex((rule) => matches",
  ]),
  sandbox("evaluate.ts", "a pending end of tier names the last policy", [
    'walk(tiers, judgement, "first")',
    'walk(tiers, judgement, "last")',
  ]),
  sandbox("order-policies.ts", "tiers go by name before order", [
    "compareNumbers(a.order, b.order) || compareText(a.name, b.name)",
    "compareText(a.name, b.name) || compareNumbers(a.order, b.order)",
  ]),
  sandbox("selector.ts", "a label that is absent is in every set that it is not in", [
    "member : !member",
    "member : member",
  ]),
  sandbox("selector.ts", "all() over namespaces matches what is global", [
    "replaceAll(node, HAS_NAMESPACE, {",
    'replaceAll(node, { kind: "all" }, {',
  ]),
  sandbox("endpoints.ts", "a network set inherits nothing from its namespace", [
    "namespace === undefined ? [] : [namespaceProfile(namespace)]",
    "[]",
  ]),
  sandbox("lower-kubernetes-policy.ts", "a policy of Kubernetes comes before others", [
    "KUBERNETES_ORDER = 1000",
    "KUBERNETES_ORDER = 1",
  ]),
];
