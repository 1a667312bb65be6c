import { describe, expect, it } from "vitest";
import { hitTotals, indexHits, type HitLine } from "./hits";

const hit = (change: Partial<HitLine> = {}): HitLine => ({
  kind: "CalicoNetworkPolicy",
  tier: "boutique",
  namespace: "shop",
  name: "boutique.cart",
  clusterId: "west",
  ruleIndex: 0,
  action: "allow",
  pending: false,
  flows: 1,
  connections: 10,
  ...change,
});
const policy = { kind: "NetworkPolicy", tier: "boutique", namespace: "shop", name: "boutique.cart" };

describe("hitTotals", () => {
  const rows = [
    { name: "over clusters", hits: [hit(), hit({ clusterId: "east" })], connections: 20, denied: 0 },
    {
      name: "denied beside",
      hits: [hit(), hit({ ruleIndex: 1, action: "deny", connections: 3 })],
      connections: 13,
      denied: 3,
    },
    { name: "named without its tier", hits: [hit({ name: "cart" })], connections: 10, denied: 0 },
    { name: "staged hits are not its deeds", hits: [hit({ pending: true })], connections: 0, denied: 0 },
    { name: "another namespace", hits: [hit({ namespace: "other" })], connections: 0, denied: 0 },
    { name: "another tier", hits: [hit({ tier: "default" })], connections: 0, denied: 0 },
    { name: "a Kubernetes policy of that name", hits: [hit({ kind: "NetworkPolicy" })], connections: 0, denied: 0 },
  ];
  it.each(rows)("$name", ({ hits, connections, denied }) => {
    expect(hitTotals(indexHits(hits), policy)).toMatchObject({ connections, denied });
  });
  it("adds up by rule", () => {
    expect(hitTotals(indexHits([hit(), hit({ clusterId: "east" }), hit({ ruleIndex: 2 })]), policy).rules).toEqual([
      { ruleIndex: 0, action: "allow", connections: 20 },
      { ruleIndex: 2, action: "allow", connections: 10 },
    ]);
  });
});
