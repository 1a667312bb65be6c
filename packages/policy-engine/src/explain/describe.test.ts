import { describe, expect, it } from "vitest";
import { readRule } from "../decode/rule";
import { readerOf } from "../decode/reader";
import { parseResource } from "../decode/parse-resource";
import { describePolicyHit } from "./describe-hit";
import { describePolicy, describeRule, type RulePlace } from "./describe-rule";

const inShop: RulePlace = { direction: "ingress", namespace: "shop" };
const outOfShop: RulePlace = { direction: "egress", namespace: "shop" };
const globalIn: RulePlace = { direction: "ingress", namespace: "" };

const rows: readonly { name: string; rule: unknown; place: RulePlace; expected: string }[] = [
  {
    name: "a peer in the policy's own namespace",
    rule: { action: "Deny", protocol: "TCP", source: { selector: "app == 'cart'" }, destination: { ports: [6379] } },
    place: inShop,
    expected: 'Deny TCP to 6379 from endpoints where app is "cart" in namespace shop',
  },
  {
    name: "everything",
    rule: { action: "Allow" },
    place: globalIn,
    expected: "Allow all traffic from anybody",
  },
  {
    name: "addresses and ranges of ports",
    rule: {
      action: "Allow",
      protocol: "UDP",
      destination: { nets: ["10.0.0.0/8"], notNets: ["10.1.0.0/16"], ports: ["53:54", "dns"] },
    },
    place: outOfShop,
    expected: "Allow UDP to 53-54, port dns to 10.0.0.0/8 except 10.1.0.0/16",
  },
  {
    name: "namespaces and service accounts",
    rule: { action: "Pass", source: { namespaceSelector: "team == 'web'", serviceAccounts: { names: ["a", "b"] } } },
    place: globalIn,
    expected:
      'Pass to the next tier all traffic from endpoints with service account a or b in namespaces where team is "web"',
  },
  {
    name: "a selector that negates",
    rule: { action: "Log", source: { notSelector: "!has(app) && role in {'x', 'y'}" } },
    place: globalIn,
    expected: 'Log all traffic from anybody except endpoints where has no label app and role is "x" or "y"',
  },
  {
    name: "ICMP",
    rule: { action: "Deny", protocol: "ICMP", icmp: { type: 8, code: 0 }, ipVersion: 4 },
    place: globalIn,
    expected: "Deny ICMP type 8 code 0 over IPv4 from anybody",
  },
  {
    name: "a service",
    rule: { action: "Allow", destination: { services: { name: "dns", namespace: "kube-system" } } },
    place: outOfShop,
    expected: "Allow all traffic to service kube-system/dns",
  },
];

describe("describeRule", () => {
  it.each(rows)("$name", ({ rule, place, expected }) => {
    expect(describeRule(readRule(readerOf(rule)), place)).toBe(expected);
  });
});

describe("describePolicy", () => {
  it("says whom it applies to", () => {
    const parsed = parseResource({
      apiVersion: "projectcalico.org/v3",
      kind: "NetworkPolicy",
      metadata: { name: "a", namespace: "shop" },
      spec: { selector: "app == 'cart'", egress: [{ action: "Deny" }] },
    });
    expect(parsed.ok && parsed.value.resource.resource === "policy" && describePolicy(parsed.value.resource)).toBe(
      'Applies to endpoints where app is "cart" in namespace shop, for egress',
    );
  });
});

describe("describePolicyHit", () => {
  const hit = { tier: "mesh", namespace: "shop", name: "mesh.pay", policyIndex: 0, ruleIndex: 1 } as const;
  it.each([
    {
      hit: { ...hit, kind: "NetworkPolicy", action: "Deny" } as const,
      expected: "Denied by rule 2 of network policy shop/mesh.pay in tier mesh",
    },
    {
      hit: {
        ...hit,
        kind: "EndOfTier",
        action: "Deny",
        ruleIndex: -1,
        trigger: { kind: "GlobalNetworkPolicy", namespace: "", name: "mesh.all" },
      } as const,
      expected: "Denied at the end of tier mesh: no rule matched (global network policy mesh.all applies here)",
    },
    {
      hit: { ...hit, kind: "Profile", name: "kns.shop", action: "Allow" } as const,
      expected: "Allowed by profile kns.shop: no tier decided",
    },
  ])("$expected", ({ hit: value, expected }) => {
    expect(describePolicyHit(value)).toBe(expected);
  });
});
