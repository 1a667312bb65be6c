import { describe, expect, it } from "vitest";
import { ask, cnp, gnp, np, shop, spellHits, tier, type Asked } from "../testing/shop-world";

const SHOP_PEER = { namespaces: { matchLabels: { team: "web" } } };
const rules = (action: string, peer: object = SHOP_PEER) => [{ action, from: [peer] }];

// Calico puts them into tiers kube-admin (order 1000) and kube-baseline (10,000,000), whose default action is Pass;
// api/pkg/apis/projectcalico/v3/tier.go, and the API's own description of its tiers.
const rows: readonly {
  name: string;
  manifests: readonly unknown[];
  asked?: Asked;
  verdict: string;
  hits: readonly string[];
}[] = [
  {
    name: "Deny of the Admin tier comes before everything",
    manifests: [
      cnp("a", { tier: "Admin", priority: 1, ingress: rules("Deny") }),
      np("z", { ingress: [{ action: "Allow" }] }),
    ],
    verdict: "deny",
    hits: ["kube-admin|a|0|Deny"],
  },
  {
    name: "Accept of the Admin tier, too",
    manifests: [
      cnp("a", { tier: "Admin", priority: 1, ingress: rules("Accept") }),
      np("z", { ingress: [{ action: "Deny" }] }),
    ],
    verdict: "allow",
    hits: ["kube-admin|a|0|Allow"],
  },
  {
    name: "what no rule matches passes at the end of the tier",
    manifests: [
      cnp("a", { tier: "Admin", priority: 1, ingress: rules("Deny") }),
      np("z", { ingress: [{ action: "Allow" }] }),
    ],
    asked: { peer: "10.0.0.3" },
    verdict: "allow",
    hits: ["kube-admin|end|Pass", "default|z|0|Allow"],
  },
  {
    name: "Pass skips the rest of the tier",
    manifests: [
      cnp("a", { tier: "Admin", priority: 1, ingress: rules("Pass") }),
      cnp("b", { tier: "Admin", priority: 2, ingress: rules("Deny") }),
    ],
    verdict: "allow",
    hits: ["kube-admin|a|0|Pass", "kns.shop|0|Allow"],
  },
  {
    name: "ties go by the kind that Calico gives it, behind a GlobalNetworkPolicy",
    manifests: [
      cnp("a", { tier: "Admin", priority: 1, ingress: rules("Accept") }),
      gnp("a", { tier: "kube-admin", order: 1, ingress: [{ action: "Deny" }] }),
    ],
    verdict: "deny",
    hits: ["kube-admin|a|0|Deny"],
  },
  {
    name: "the lower priority comes first, whatever the names",
    manifests: [
      cnp("a", { tier: "Admin", priority: 20, ingress: rules("Deny") }),
      cnp("b", { tier: "Admin", priority: 10, ingress: rules("Accept") }),
    ],
    verdict: "allow",
    hits: ["kube-admin|b|0|Allow"],
  },
  {
    name: "the Baseline tier speaks where no NetworkPolicy selects the pod",
    manifests: [cnp("a", { tier: "Baseline", priority: 1, ingress: rules("Deny") })],
    verdict: "deny",
    hits: ["kube-baseline|a|0|Deny"],
  },
  {
    name: "and not where one does, since the default tier ends in Deny",
    manifests: [
      cnp("a", { tier: "Baseline", priority: 1, ingress: rules("Accept") }),
      np("z", { selector: "app == 'redis'" }),
    ],
    verdict: "deny",
    hits: ["default|end|Deny"],
  },
  {
    name: "after the Baseline tier the profile allows",
    manifests: [cnp("a", { tier: "Baseline", priority: 1, ingress: rules("Deny") })],
    asked: { peer: "192.0.2.1" },
    verdict: "allow",
    hits: ["kube-baseline|end|Pass", "kns.shop|0|Allow"],
  },
  {
    name: "it stands among Calico's tiers by their orders",
    manifests: [
      tier("security", 500),
      np("security.a", { tier: "security", ingress: [{ action: "Deny" }] }),
      cnp("a", { tier: "Admin", priority: 1, ingress: rules("Accept") }),
    ],
    verdict: "deny",
    hits: ["security|security.a|0|Deny"],
  },
  {
    name: "a subject of pods selects by both labels",
    manifests: [
      cnp("a", {
        tier: "Admin",
        priority: 1,
        subject: { pods: { podSelector: { matchLabels: { app: "cart" } }, namespaceSelector: {} } },
        ingress: rules("Deny"),
      }),
    ],
    verdict: "allow",
    hits: ["kns.shop|0|Allow"],
  },
  {
    name: "networks in egress, over IPv6",
    manifests: [
      cnp("a", {
        tier: "Admin",
        priority: 1,
        egress: [{ action: "Deny", to: [{ networks: ["10.0.0.0/8", "2001:db8::/32"] }] }],
      }),
    ],
    asked: { at: "cart", direction: "egress", peer: "2001:db8::9" },
    verdict: "deny",
    hits: ["kube-admin|a|0|Deny"],
  },
  {
    name: "a field of a newer API is unknown, never absent",
    manifests: [
      cnp("a", { tier: "Admin", priority: 1, ingress: [{ action: "Accept", from: [SHOP_PEER], when: "night" }] }),
    ],
    verdict: "unknown",
    hits: [],
  },
];

describe("ClusterNetworkPolicy", () => {
  it.each(rows)("$name", ({ manifests, asked, verdict, hits }) => {
    const judged = ask(shop(...manifests), asked);
    expect(judged.verdict).toBe(verdict);
    expect(spellHits(judged)).toEqual(hits);
  });
});
