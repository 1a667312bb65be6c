import { describe, expect, it } from "vitest";
import { managedPolicyOf } from "./managed-policy";

const ours = [
  { id: "1", kind: "GlobalNetworkPolicy", tier: "shop", namespace: "", name: "shop.redis" },
  { id: "2", kind: "NetworkPolicy", tier: "shop", namespace: "boutique", name: "cart" },
];
const traced = { kind: "GlobalNetworkPolicy", tier: "shop", namespace: "", name: "shop.redis" } as const;

describe("the policy of ours that a trace names", () => {
  it("is found with or without its tier in front", () => {
    expect(managedPolicyOf(traced, ours)?.id).toBe("1");
    expect(managedPolicyOf({ ...traced, name: "redis" }, ours)?.id).toBe("1");
    const inNamespace = {
      kind: "CalicoNetworkPolicy",
      tier: "shop",
      namespace: "boutique",
      name: "shop.cart",
    } as const;
    expect(managedPolicyOf(inNamespace, ours)?.id).toBe("2");
  });

  it("is not one of the same name elsewhere", () => {
    expect(managedPolicyOf({ ...traced, tier: "default" }, ours)).toBeUndefined();
    expect(managedPolicyOf({ ...traced, kind: "NetworkPolicy" }, ours)).toBeUndefined();
    expect(managedPolicyOf({ ...traced, namespace: "boutique" }, ours)).toBeUndefined();
  });
});
