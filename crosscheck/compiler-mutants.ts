import type { Mutant } from "./mutants/mutant";

const compiler = (file: string, what: string, change: readonly [string, string]): Mutant => ({
  what,
  file: `packages/policy-engine/src/federation/${file}`,
  from: change[0],
  to: change[1],
});

/** What the federation compiler could get wrong, each of which must change a verdict or a deciding rule. */
export const COMPILER_MUTANTS: readonly Mutant[] = [
  compiler("compile-end.ts", "published sets are not kept out of a rule for local endpoints", [
    "if (!matchesSets(selector)) return json;",
    "return json;",
  ]),
  compiler("compile-end.ts", "a pod that carries our label is taken for a set", [
    'const NOT_OURS: SelectorNode = { kind: "or", operands: [NAMESPACED, { kind: "not", operand: OURS }] };',
    'const NOT_OURS: SelectorNode = { kind: "not", operand: OURS };',
  ]),
  compiler("compile-end.ts", "notSelector alone is about local endpoints only", [
    "printSelector(remote ? all : local)",
    "printSelector(local)",
  ]),
  compiler("compile-end.ts", "published sets are not kept out of notSelector", [
    "matchesSets(notSelector) ? withoutSets(notSelector) : notSelector;",
    "notSelector;",
  ]),
  compiler("compile-end.ts", "notSelector alone is split off into a rule for sets", [
    "if (notSelector) return { variants: [local], peers: [peerOf(notSelector)], refusals };",
    "if (notSelector) return { variants: [local, { ...local, json: remoteEnd(end.json, peerOf(notSelector)) }], peers: [peerOf(notSelector)], refusals };",
  ]),
  compiler("compile-end.ts", "notSelector beside a selector has no part in what a peer is", [
    "const forSets = endsForSets(end, selector);",
    "const forSets = endsForSets(end, selector && entityMatch({ ...entity, ...{ notSelector: undefined } } as typeof entity, namespace).selector);",
  ]),
  compiler("compile-end.ts", "the rule for sets lacks global()", ['  namespaceSelector: "global()",\n', ""]),
  compiler("compile-end.ts", "the rule for sets keeps its service accounts", [
    'without(json, ["serviceAccounts", "notSelector"])',
    'without(json, ["notSelector"])',
  ]),
  compiler("compile-end.ts", "port names are left to the sets", [
    "if (namesOf(ports).length === 0) {",
    "if (namesOf(ports).length >= 0) {",
  ]),
  compiler("compile-end.ts", "port names among notPorts are passed over", [
    "...(namesOf(entity.notPorts).length > 0 ? [NEGATED] : []),",
    "",
  ]),
  compiler("compile-end.ts", "a port name is of TCP whatever the rule's protocol", [
    "protocol !== undefined && protocolHasPorts(protocol) ? protocol : PROTOCOL_NUMBERS.TCP;",
    "PROTOCOL_NUMBERS.TCP;",
  ]),
  compiler("compile-rule.ts", "the rule for sets comes without the rule for local endpoints", [
    "rules: from.variants.flatMap((a) => to.variants.map((b) => withEnds(source.json, a, b))),",
    "rules: from.variants.slice(-1).flatMap((a) => to.variants.slice(-1).map((b) => withEnds(source.json, a, b))),",
  ]),
  compiler("compile-rule.ts", "the remote end is the destination whichever way packets go", [
    '(direction === "ingress" ? "source" : "destination");',
    '"destination" as End;',
  ]),
  compiler("compile-rule.ts", "of a forwarded packet one end alone may be remote", [
    "if (end !== farEnd(direction) && !forwarded) return",
    "if (end !== farEnd(direction)) return",
  ]),
  compiler("compile-policy.ts", "rules for sets come after all others", [
    "compiled[direction].flatMap(({ rules }, index) => (doubled ? rules.map((rule) => annotate(rule, index)) : rules));",
    "[0, 1, 2, 3, 4, 5, 6, 7].flatMap((nth) => compiled[direction].flatMap(({ rules }, index) => rules.slice(nth, nth + 1).map((rule) => (doubled ? annotate(rule, index) : rule))));",
  ]),
  compiler("compile-policy.ts", "too many rules are cut off", [
    "if (rules.length > MAX_RULES) {",
    "if (rules.length > 2 * MAX_RULES) {",
  ]),
  compiler("compile-policy.ts", "a selector that grew too long is let pass", [
    "if (longest <= MAX_SELECTOR_LENGTH) continue;",
    "if (longest <= 2 * MAX_SELECTOR_LENGTH) continue;",
  ]),
  compiler("candidate-sets.ts", "labels of the first pod are taken for the whole workload", [
    'groupBy(pods, ({ view }) => peersOf(view).join(","))',
    'groupBy(pods, () => peersOf(first.view).join(","))',
  ]),
  compiler("candidate-sets.ts", "IPv6 addresses are not published", [
    "of cut([...distinct.values()].sort(compareAddresses)",
    "of cut([...distinct.values()].filter((a) => a.ip.version === 4).sort(compareAddresses)",
  ]),
  compiler("candidate-sets.ts", "only the first address of a pod is published", [
    "addresses.map((a) => [a.text, a] as const)",
    "addresses.slice(0, 1).map((a) => [a.text, a] as const)",
  ]),
  compiler("publish.ts", "every endpoint gives every port name", ["if (!isOf(pod, peer)) continue;", ""]),
  compiler("publish.ts", "an address that several workloads claim is published for each", [
    "addresses.filter((a) => !disputed.has(a.text))",
    "addresses",
  ]),
  compiler("publish.ts", "addresses outside the pod ranges are published", [
    "return family.length === 0 || family.some((range) => cidrContains(range, ip));",
    "return true;",
  ]),
  compiler("claims.ts", "pods that are not published claim no address", [
    "const disputed = workOut(clusters);",
    "const disputed = workOut(clusters.slice(0, 1));",
  ]),
  compiler("approved.ts", "other networks are published", ["if (source.network !== target.network) {", "if (false) {"]),
  compiler("approved.ts", "overlapping ranges are published", [
    "if (pairs.length === 0) return undefined;",
    "return undefined;",
  ]),
  compiler("approved.ts", "every namespace of an approved cluster is published", [
    "clusterView(source).podsIn.get(namespace) ?? []",
    "clusterView(source).pods",
  ]),
  compiler("unmanaged.ts", "policies of the cluster's own are not asked", [
    "touches(rule, rule[end], addresses) && matches(labels);",
    "false && matches(labels);",
  ]),
  compiler("unmanaged.ts", "staged policies of the cluster's own are not asked", [
    'if (resource.resource === "policy" && resource.stagedAction === "Delete") continue;',
    'if (resource.resource === "policy" && resource.stagedAction !== undefined) continue;',
  ]),
  compiler("unmanaged.ts", "notSelector of the cluster's own is not asked", [
    "const asked = selector ?? notSelector;",
    "const asked = selector;",
  ]),
  compiler("unmanaged.ts", "the wrong end of the cluster's own rules is asked", [
    'farEnd(path[1] === "ingress" ? "ingress" : "egress")',
    'farEnd(path[1] === "ingress" ? "egress" : "ingress")',
  ]),
  compiler("cluster-view.ts", "labels of service accounts are those of none", [
    "serviceAccountLabels: accounts ? accounts.get(`${pod.namespace}/${pod.serviceAccount}`) : NO_LABELS,",
    "serviceAccountLabels: NO_LABELS,",
  ]),
  compiler("cluster-view.ts", "labels of namespaces are those of none", [
    "namespaceLabels: namespaces.get(pod.namespace) ?? NO_LABELS,",
    "namespaceLabels: NO_LABELS,",
  ]),
  compiler("peer.ts", "peers of one selector and several port names are one", [
    '${port.names.join(",")} ${port.number}',
    "${port.number > 0}",
  ]),
];
