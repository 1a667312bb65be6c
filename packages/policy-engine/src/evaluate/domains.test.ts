import { describe, expect, it } from "vitest";
import { ask, globalSet, gnp, networkSet, np, SHOP, type Asked } from "../testing/shop-world";
import { domainMatches } from "./domains";
import { buildWorld } from "./world";
import type { WorldDomain } from "./world-input";

// Calico Enterprise, DNS policy: domain name matching.
describe("what a domain of a policy means", () => {
  it.each([
    { domain: "tigera.io", name: "tigera.io", expected: true },
    { domain: "tigera.io", name: "www.tigera.io", expected: false },
    { domain: "Tigera.IO.", name: "tigera.io", expected: true },
    { domain: "*.google.com", name: "www.google.com", expected: true },
    { domain: "*.google.com", name: "www.ipv6.google.com", expected: true },
    { domain: "*.google.com", name: "google.com", expected: false },
    { domain: "*.google.com", name: "www.google.com.evil.net", expected: false },
    { domain: "www.*.com", name: "www.sun.com", expected: true },
    { domain: "www.*.com", name: "www.com", expected: false },
    { domain: "www.google.*", name: "www.google.net", expected: true },
    { domain: "www.google.*", name: "www.google.co.uk", expected: true },
    { domain: "www.google.*", name: "www.google", expected: false },
    { domain: "update.*.mycompany.com", name: "update.secure.suite.mycompany.com", expected: true },
    { domain: "update.*.mycompany.com", name: "update.mycompany.com", expected: false },
  ])("$domain and $name: $expected", ({ domain, name, expected }) => {
    expect(domainMatches(domain, name)).toBe(expected);
  });
});

const OBSERVED: readonly WorldDomain[] = [
  { name: "api.example.com", addresses: ["192.0.2.10", "2001:db8::10"] },
  { name: "www.example.com", addresses: ["192.0.2.20"] },
];
const allow = (domains: readonly string[]) => np("a", { egress: [{ action: "Allow", destination: { domains } }] });
const external = { role: "external" };
const toSet = (action = "Allow") =>
  gnp("a", { types: ["Egress"], egress: [{ action, destination: { selector: "role == 'external'" } }] });
const domainSet = globalSet("ext", external, { nets: ["198.51.100.0/24"], allowedEgressDomains: ["*.example.com"] });
const out = (peer: string): Asked => ({ at: "cart", direction: "egress", peer });

const rows: readonly {
  name: string;
  manifests: readonly unknown[];
  observed?: readonly WorldDomain[];
  asked: Asked;
  verdict: string;
}[] = [
  {
    name: "an address of the name",
    manifests: [allow(["api.example.com"])],
    asked: out("192.0.2.10"),
    verdict: "allow",
  },
  {
    name: "of the other family",
    manifests: [allow(["api.example.com"])],
    asked: out("2001:db8::10"),
    verdict: "allow",
  },
  { name: "of another name", manifests: [allow(["api.example.com"])], asked: out("192.0.2.20"), verdict: "deny" },
  {
    name: "one name of several",
    manifests: [allow(["www.example.com", "api.example.com"])],
    asked: out("192.0.2.10"),
    verdict: "allow",
  },
  { name: "a wildcard", manifests: [allow(["*.example.com"])], asked: out("192.0.2.20"), verdict: "allow" },
  {
    name: "a name that was not observed",
    manifests: [allow(["other.net"])],
    asked: out("192.0.2.20"),
    verdict: "unknown",
  },
  {
    name: "beside one that holds the address",
    manifests: [allow(["other.net", "www.example.com"])],
    asked: out("192.0.2.20"),
    verdict: "allow",
  },
  {
    name: "nothing was observed",
    manifests: [allow(["api.example.com"])],
    observed: [],
    asked: out("192.0.2.10"),
    verdict: "unknown",
  },
  {
    name: "a rule that certainly does not match is passed over",
    manifests: [np("a", { egress: [{ action: "Allow", protocol: "UDP", destination: { domains: ["other.net"] } }] })],
    asked: out("192.0.2.10"),
    verdict: "deny",
  },
  { name: "a network set with domains", manifests: [domainSet, toSet()], asked: out("192.0.2.20"), verdict: "allow" },
  {
    name: "holds its nets, too",
    manifests: [domainSet, toSet()],
    observed: [],
    asked: out("198.51.100.9"),
    verdict: "allow",
  },
  { name: "and no other address", manifests: [domainSet, toSet()], asked: out("203.0.113.1"), verdict: "deny" },
  {
    name: "of which nothing was observed",
    manifests: [domainSet, toSet()],
    observed: [],
    asked: out("192.0.2.20"),
    verdict: "unknown",
  },
  {
    name: "is no peer of ingress rules by its domains",
    manifests: [domainSet, gnp("a", { ingress: [{ action: "Allow", source: { selector: "role == 'external'" } }] })],
    asked: { peer: "192.0.2.20" },
    verdict: "deny",
  },
  {
    name: "nor their destination",
    manifests: [
      globalSet("ext", external, { allowedEgressDomains: ["self.example.com"] }),
      gnp("a", { ingress: [{ action: "Allow", destination: { selector: "role == 'external'" } }] }),
    ],
    observed: [{ name: "self.example.com", addresses: ["10.0.0.2"] }],
    asked: {},
    verdict: "deny",
  },
  {
    name: "does not matter to a selector that does not select it",
    manifests: [
      domainSet,
      gnp("a", { types: ["Egress"], egress: [{ action: "Allow", destination: { selector: "role == 'other'" } }] }),
    ],
    observed: [],
    asked: out("192.0.2.20"),
    verdict: "deny",
  },
  {
    name: "a set of the policy's namespace",
    manifests: [
      networkSet({ namespace: "shop", name: "n" }, external, { allowedEgressDomains: ["www.example.com"] }),
      np("a", { egress: [{ action: "Allow", destination: { selector: "role == 'external'" } }] }),
    ],
    asked: out("192.0.2.20"),
    verdict: "allow",
  },
  {
    name: "domains where nobody said what they mean",
    manifests: [np("a", { egress: [{ action: "Deny", destination: { domains: ["api.example.com"] } }] })],
    asked: out("192.0.2.10"),
    verdict: "unknown",
  },
  {
    name: "domains that are none leave the policy unread",
    manifests: [allow(["*.*.example.com"])],
    asked: out("192.0.2.10"),
    verdict: "unknown",
  },
];

describe("domains in rules and network sets", () => {
  it.each(rows)("$name", ({ manifests, observed = OBSERVED, asked, verdict }) => {
    expect(ask(buildWorld({ ...SHOP, manifests, domains: observed }), asked).verdict).toBe(verdict);
  });
});
