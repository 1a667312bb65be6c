import { mutantsIn } from "./mutant";

/** What the sandbox's dataplane could get wrong about rules. */
export const SANDBOX_RULES = mutantsIn("packages/sandbox/src/dataplane", {
  "lower-entity.ts": [
    [
      "selector",
      "a selector of a rule looks beyond its namespace",
      "namespace !== undefined && scoped ? equals",
      "false ? equals",
    ],
    [
      "notSelector",
      "notSelector widens the selector beside it",
      '{ kind: "and", operands: [selector, { kind: "not"',
      '{ kind: "or", operands: [selector, { kind: "not"',
    ],
    ["serviceAccounts in rules", "names of service accounts are passed over", "names.length > 0 ?", "false ?"],
  ],
  "selector.ts": [
    ["selector", "a label that is absent is in every set that it is not in", "member : !member", "member : member"],
    [
      "rule namespaceSelector",
      "all() over namespaces matches what is global",
      "replaceAll(node, HAS_NAMESPACE, {",
      'replaceAll(node, { kind: "all" }, {',
    ],
    ["global()", "global() means what has a namespace", '{ kind: "not", operand: HAS_NAMESPACE });', "HAS_NAMESPACE);"],
  ],
  "lower-calico-policy.ts": [
    [
      "policy namespaceSelector",
      "a policy's namespaceSelector is passed over",
      "const joined = scoped ?? selector;",
      "const joined = selector;",
    ],
    [
      "serviceAccountSelector",
      "a global policy's serviceAccountSelector is passed over",
      "if (accounts === undefined) return joined ?? ALL;",
      "return joined ?? ALL;",
    ],
    [
      "types defaults",
      "a policy without rules has both types",
      'types.includes("Egress") : egress.length > 0,',
      'types.includes("Egress") : egress.length > 0 || ingress.length === 0,',
    ],
    ["types", "a type that is not named counts", 'types.includes("Ingress") : ', "true : "],
    [
      "stagedAction",
      "what is staged to be ignored is not pending",
      'spec["stagedAction"] === "Delete"',
      '["Delete", "Ignore"].includes(String(spec["stagedAction"]))',
    ],
  ],
  "endpoints.ts": [
    [
      "service account profile",
      "labels of service accounts are not inherited",
      "[namespaceProfile(namespace), accountProfile(namespace, serviceAccountOf(pod))]",
      "[namespaceProfile(namespace)]",
    ],
    [
      "network sets",
      "a network set inherits nothing from its namespace",
      "namespace === undefined ? [] : [namespaceProfile(namespace)]",
      "[]",
    ],
    [
      "both IP versions",
      "only the first address of a pod counts",
      "    addresses,\n",
      "    addresses: addresses.slice(0, 1),\n",
    ],
    ["all interfaces", "no host endpoint is of all interfaces", 'spec["interfaceName"] === ALL_INTERFACES', "false"],
  ],
  "match.ts": [
    ["services in rules", "a service means its addresses alone", '(side === "source" ||', "(addresses.length > 0 ||"],
    ["nets", "nets are those outside", "match.nets.some((net) => netContains", "match.nets.some((net) => !netContains"],
    ["notNets", "notNets of the other IP version are passed over", "own.length > 0 && ", ""],
    ["ports", "the end of a range of ports is not in it", "port <= range.max", "port < range.max"],
    ["named ports", "a named port is of whatever protocol", "if (packet.protocol !== namedProtocol) return false;", ""],
    ["notPorts", "notPorts are passed over", "match.notPorts === undefined ||", "true ||"],
    ["source ports", "source ports are destination ports", 'side === "source" ? packet.sourcePort :', "false ? 0 :"],
    [
      "notProtocol",
      "notProtocol means protocol",
      "rule.notProtocol !== packet.protocol",
      "rule.notProtocol === packet.protocol",
    ],
    ["ICMP", "an ICMP code is passed over", " && (match.code === undefined || packet.icmp.code === match.code)", ""],
    ["notICMP", "notICMP means ICMP", "!icmpMatches(rule.notIcmp", "icmpMatches(rule.notIcmp"],
    ["ipVersion", "ipVersion is passed over", "rule.ipVersion === undefined ||", "true ||"],
  ],
  "model.ts": [["protocol by name", "UDPLite is UDP", "udplite: 136", "udplite: 17"]],
  "program.ts": [
    [
      "named ports",
      "a named port is anybody's",
      "const members = endpointsIn(inventory)\n    .filter((endpoint) => selects(selector, endpoint.labels))",
      "const members = endpointsIn(inventory)",
    ],
    ["host endpoint as peer", "host endpoints hold no addresses", "[...endpoints, ...hosts]", "endpoints"],
  ],
  "lower-rule.ts": [
    [
      "protocol by number",
      "protocols by number are passed over",
      'if (typeof value === "number") return value;',
      'if (typeof value === "number") return undefined;',
    ],
    ["Allow and Deny", "Deny passes", 'return "deny";', 'return "pass";'],
    ["Pass", "Pass allows", 'return "pass";', 'return "allow";'],
  ],
});
