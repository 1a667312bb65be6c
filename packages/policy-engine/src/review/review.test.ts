import { describe, expect, it } from "vitest";
import { cnp, np, shop, tier } from "../testing/shop-world";
import { review } from "./review";
import type { ReviewFinding } from "./types";

const spell = ({ code, certainty, policy, path }: ReviewFinding): string =>
  `${code} ${certainty} ${policy.name} ${path.join(".")}`;

const found = (...manifests: readonly unknown[]): readonly string[] => review([shop(...manifests)]).findings.map(spell);

const REDIS = { selector: "app == 'redis'", types: ["Ingress"] };
const allow = (more: object = {}) => ({ action: "Allow", ...more });
const deny = (more: object = {}) => ({ action: "Deny", ...more });
const from = (selector: string) => ({ source: { selector } });
const tcp = (...ports: readonly (number | string)[]) => ({ protocol: "TCP", destination: { ports } });
const guard = (name: string, spec: object) => np(name, { ...REDIS, ...spec });

const kubernetes = (name: string, spec: object) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: "shop" },
  spec,
});

const pods = (app: string) => ({ podSelector: { matchLabels: { app } } });

interface Row {
  readonly name: string;
  readonly manifests: readonly unknown[];
  readonly findings: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: "a peer that means the policy's own namespace",
    manifests: [
      guard("a", {
        ingress: [allow({ ...tcp(6379), ...from("app == 'cart'") }), deny(from("app == 'scraper'"))],
      }),
    ],
    findings: ["selector-matches-nothing present a spec.ingress.1.source.selector"],
  },
  {
    name: "a policy that selects nothing",
    manifests: [np("a", { selector: "app == 'gone'", ingress: [allow()] })],
    findings: ["policy-selects-nothing present a "],
  },
  {
    name: "a policy that can select nothing",
    manifests: [np("a", { selector: "app == 'cart' && app == 'redis'", ingress: [allow()] })],
    findings: ["policy-selects-nothing structural a "],
  },
  {
    name: "a policy without effect",
    manifests: [np("a", { selector: "app == 'redis'", types: ["Egress"], egress: [allow()] })],
    findings: ["policy-without-effect present a "],
  },
  {
    name: "no policy that denies all, though none of its rules matches",
    manifests: [guard("a", {})],
    findings: [],
  },
  {
    name: "a selector of a rule that matches nothing",
    manifests: [guard("a", { ingress: [allow(from("app == 'gone'"))] })],
    findings: ["selector-matches-nothing present a spec.ingress.0.source.selector"],
  },
  {
    name: "a notSelector that keeps nothing out",
    manifests: [guard("a", { ingress: [allow({ source: { notSelector: "app == 'gone'", nets: ["10.0.0.0/8"] } })] })],
    findings: ["selector-matches-nothing present a spec.ingress.0.source.notSelector"],
  },
  {
    name: "a rule whose selector excludes itself",
    manifests: [guard("a", { ingress: [allow(from("app == 'cart' && !has(app)"))] })],
    findings: ["rule-never-matches structural a spec.ingress.0"],
  },
  {
    name: "a rule whose nets are all taken out again",
    manifests: [guard("a", { ingress: [allow({ source: { nets: ["10.1.0.0/16"], notNets: ["10.0.0.0/8"] } })] })],
    findings: ["rule-never-matches structural a spec.ingress.0"],
  },
  {
    name: "a rule that repeats an earlier one",
    manifests: [guard("a", { ingress: [allow(tcp(80)), deny(tcp(81)), allow(tcp(80))] })],
    findings: ["rule-redundant present a spec.ingress.1", "rule-duplicate structural a spec.ingress.2"],
  },
  {
    name: "a rule that an earlier one of its policy takes all of",
    manifests: [guard("a", { ingress: [allow(tcp("80:90")), allow({ ...tcp(85), ...from("app == 'cart'") })] })],
    findings: ["rule-shadowed structural a spec.ingress.1"],
  },
  {
    name: "a rule that two earlier ones take together, whatever the labels",
    manifests: [
      guard("a", { ingress: [allow(from("app == 'cart'")), allow(from("app != 'cart'")), allow(from("has(app)"))] }),
    ],
    findings: ["rule-shadowed structural a spec.ingress.2"],
  },
  {
    name: "a rule that two earlier ones take together, for the pods that there are",
    manifests: [
      guard("a", { ingress: [allow(from("app == 'cart'")), allow(from("app == 'redis'")), allow(from("all()"))] }),
    ],
    findings: ["rule-shadowed present a spec.ingress.2"],
  },
  {
    name: "a deny that an earlier allow makes void",
    manifests: [guard("a", { ingress: [allow(tcp("1:1000")), deny({ ...tcp(80), ...from("app == 'cart'") })] })],
    findings: ["deny-shadowed structural a spec.ingress.1"],
  },
  {
    name: "a rule that an earlier policy takes all of",
    manifests: [
      np("a", { order: 1, types: ["Ingress"], ingress: [deny(tcp(80)), allow()] }),
      np("b", { ...REDIS, order: 2, ingress: [allow(tcp(80))] }),
    ],
    findings: ["policy-without-effect present b ", "rule-shadowed structural b spec.ingress.0"],
  },
  {
    name: "a rule behind a tier that lets nothing through",
    manifests: [
      tier("first", 1, "Deny"),
      np("a", { tier: "first", types: ["Ingress"], ingress: [allow(tcp(80))] }),
      np("b", { ...REDIS, ingress: [allow(tcp(81))] }),
    ],
    findings: ["policy-without-effect present b ", "rule-shadowed structural b spec.ingress.0"],
  },
  {
    name: "no rule behind a tier that passes what it matches",
    manifests: [
      tier("first", 1, "Deny"),
      np("a", { tier: "first", types: ["Ingress"], ingress: [{ action: "Pass", ...tcp(81) }, allow(tcp(80))] }),
      np("b", { ...REDIS, ingress: [allow(tcp(81)), allow(tcp(80))] }),
    ],
    findings: ["policy-without-effect present b ", "rule-shadowed structural b spec.ingress.1"],
  },
  {
    name: "a rule that a later one makes redundant",
    manifests: [guard("a", { ingress: [allow({ ...tcp(80), ...from("app == 'cart'") }), allow(tcp("1:100"))] })],
    findings: ["rule-redundant structural a spec.ingress.0"],
  },
  {
    name: "no rule that differs from what comes between",
    manifests: [
      guard("a", { ingress: [allow({ ...tcp(80), ...from("app == 'cart'") }), deny(tcp(80)), allow(tcp("1:100"))] }),
    ],
    findings: [],
  },
  {
    name: "a deny before the end of the tier denies anyway",
    manifests: [guard("a", { ingress: [deny(tcp(81)), allow(tcp(80))] })],
    findings: ["rule-redundant present a spec.ingress.0"],
  },
  {
    name: "a peer of a Kubernetes policy",
    manifests: [
      kubernetes("k", {
        podSelector: {},
        ingress: [{ from: [pods("cart"), pods("gone")] }],
      }),
    ],
    findings: ["selector-matches-nothing present k spec.ingress.0.from.1"],
  },
  {
    name: "a whole rule of a Kubernetes policy where it has one peer",
    manifests: [kubernetes("k", { podSelector: {}, ingress: [{ from: [pods("gone")] }] })],
    findings: ["selector-matches-nothing present k spec.ingress.0"],
  },
  {
    name: "a peer of a cluster network policy",
    manifests: [
      cnp("c", {
        tier: "Admin",
        priority: 1,
        ingress: [
          { action: "Accept", from: [{ namespaces: {} }] },
          { action: "Deny", from: [{ namespaces: { matchLabels: { team: "web" } } }, { namespaces: {} }] },
        ],
      }),
    ],
    findings: [
      "policy-without-effect present c ",
      "deny-shadowed present c spec.ingress.1.from.0",
      "deny-shadowed structural c spec.ingress.1.from.1",
    ],
  },
  {
    name: "a staged policy by what is pending",
    manifests: [
      np("a", { ...REDIS, order: 1, ingress: [allow(tcp(80))] }),
      np("b", { ...REDIS, order: 2, ingress: [allow(tcp(80)), allow(tcp(81))] }, "StagedNetworkPolicy"),
    ],
    findings: ["rule-shadowed structural b spec.ingress.0"],
  },
  {
    name: "no enforced rule by what is staged alone",
    manifests: [
      np("a", { ...REDIS, order: 1, ingress: [allow(tcp(80))] }, "StagedNetworkPolicy"),
      np("b", { ...REDIS, order: 2, ingress: [allow(tcp(80)), allow(tcp(81))] }),
    ],
    findings: ["policy-without-effect present a "],
  },
  {
    name: "nothing of what a rule with unknown fields might do",
    manifests: [guard("a", { ingress: [{ ...allow(tcp(80)), somethingNew: 1 }, allow(tcp(80))] })],
    findings: [],
  },
];

describe("a review finds", () => {
  it.each(ROWS)("$name", ({ manifests, findings }) => {
    expect(found(...manifests)).toEqual(findings);
  });
});
