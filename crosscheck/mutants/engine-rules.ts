import { mutantsIn } from "./mutant";

/** What the policy engine could get wrong about rules. The parser of selectors is not among it: both sides share it. */
export const ENGINE_RULES = mutantsIn("packages/policy-engine/src", {
  "model/effective-selector.ts": [
    ["selector", "a selector of a rule looks beyond its namespace", ": inNamespace(policyNamespace);", ": undefined;"],
    [
      "notSelector",
      "notSelector beside a selector is a question of its own",
      "{ selector: conjunction([selector, opposite(unwanted)]) }",
      "{ selector, notSelector: unwanted }",
    ],
    [
      "notSelector",
      "notSelector alone does not mean the policy's namespace",
      "own.length > 0 || entity.notSelector ||",
      "own.length > 0 ||",
    ],
    [
      "rule namespaceSelector",
      "all() over namespaces matches what is global",
      'leaf.kind === "all" ? HAS_NAMESPACE :',
      'leaf.kind === "all" ? leaf :',
    ],
    [
      "global()",
      "global() means what has a namespace",
      'leaf.kind === "global" ? HAS_NO_NAMESPACE',
      'leaf.kind === "global" ? HAS_NAMESPACE',
    ],
    [
      "policy namespaceSelector",
      "a policy's namespaceSelector is passed over",
      "if (policy.namespaceSelector) {",
      "if (false) {",
    ],
    [
      "serviceAccountSelector",
      "a global policy's serviceAccountSelector is passed over",
      "if (!accounts) return node;",
      "return node;",
    ],
    [
      "serviceAccounts in rules",
      "names of service accounts are passed over",
      "if (match.names.length > 0) {",
      "if (false) {",
    ],
  ],
  "model/labels.ts": [
    [
      "service account profile",
      "labels of service accounts are not inherited",
      'if (pod.serviceAccount !== "" && pod.serviceAccountLabels) {',
      "if (false) {",
    ],
    [
      "network sets",
      "a network set inherits nothing from its namespace",
      "if (namespace) inherit(seen, NAMESPACE_PREFIX, namespace);",
      "",
    ],
  ],
  "model/protocol.ts": [["protocol by name", "UDPLite is UDP", "UDPLite: 136", "UDPLite: 17"]],
  "evaluate/match-entity.ts": [
    [
      "network sets",
      "every holder of an address must match",
      "holders.some((holder) => matches",
      "holders.every((holder) => matches",
    ],
    ["services in rules", "a service means its addresses alone", 'if (side === "source") return', "return"],
    ["nets", "nets are those outside", "entity.nets.some((n) => cidrContains", "entity.nets.some((n) => !cidrContains"],
    [
      "notNets",
      "notNets of the other IP version are passed over",
      "nets.some(({ version }) => version === address.version) && ",
      "",
    ],
    ["ports", "the end of a range of ports is not in it", "port <= to)", "port < to)"],
    [
      "named ports",
      "a named port is of whatever protocol",
      "names.size > 0 && protocol === namedProtocol &&",
      "names.size > 0 &&",
    ],
    ["named ports", "a named port is anybody's", "(selector?.(h.labels) ?? true) && offers(h)", "offers(h)"],
    ["notPorts", "notPorts are passed over", "if (entity.notPorts.length > 0) {", "if (false) {"],
  ],
  "evaluate/match-rule.ts": [
    [
      "source ports",
      "source ports are destination ports",
      'const port = side === "source" ? packet.sourcePort :',
      'const port = side === "source" ? packet.destinationPort :',
    ],
    [
      "notProtocol",
      "notProtocol means protocol",
      "rule.notProtocol !== packet.protocol",
      "rule.notProtocol === packet.protocol",
    ],
    ["ICMP", "an ICMP code is passed over", " && (match.code === undefined || packet.icmp.code === match.code)", ""],
    ["notICMP", "notICMP means ICMP", "negate(icmpOutcome(rule.notIcmp, packet))", "icmpOutcome(rule.notIcmp, packet)"],
    ["ipVersion", "ipVersion is passed over", "rule.ipVersion === packet.source.version", "true"],
  ],
  "selector/evaluate.ts": [
    [
      "selector",
      "a label that is absent is not unequal",
      "labels.get(label) !== value",
      "labels.has(label) && labels.get(label) !== value",
    ],
  ],
  "decode/port.ts": [
    [
      "protocol by number",
      "protocols by number are passed over",
      "number <= 255) return number;",
      "number <= 255) return;",
    ],
  ],
});
