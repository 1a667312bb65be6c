import { describe, expect, it } from "vitest";
import { describeSkip } from "../explain/describe-hit";
import { gnp, np, shop, tier } from "../testing/shop-world";
import { applyingTo } from "./applying";
import { skippedPolicies } from "./skipped";

const allow = { ingress: [{ action: "Allow" }] } as const;
const world = shop(
  tier("t", 1),
  gnp("t.a", { tier: "t", selector: "app == 'x'", ...allow }),
  gnp("t.b", { tier: "t", ...allow }),
  gnp("c", { types: ["Egress"] }),
  gnp("d", { doNotTrack: true, applyOnForward: true, ...allow }),
  np("e", allow, "StagedNetworkPolicy"),
  np("f", { stagedAction: "Delete" }, "StagedNetworkPolicy"),
);
const redis = world.endpoints[1]!;

describe("policies that are not asked", () => {
  it("are named with the reason, in order", () => {
    expect(skippedPolicies(world, redis, { direction: "ingress" }).map(describeSkip)).toEqual([
      "Global network policy t.a in tier t is not asked: it selects other endpoints",
      "Global network policy c in tier default is not asked: it is not for this direction",
      "Global network policy d in tier default is not asked: it is for host endpoints, or for other packets of them",
      "Staged network policy shop/e in tier default is not asked: it is staged",
      "Staged network policy shop/f in tier default is not asked: it is staged",
    ]);
  });

  it("pending: what is staged to be is asked", () => {
    const skipped = skippedPolicies(world, redis, { direction: "ingress", view: "pending" });
    expect(skipped.map(({ policy, why }) => `${policy.name} ${why}`)).toEqual([
      "t.a selects-others",
      "c other-direction",
      "d other-hook",
      "f staged",
    ]);
  });

  it.each(["ingress", "egress"] as const)("are, with those that are asked, all there are: %s", (direction) => {
    for (const view of ["enforced", "pending"] as const) {
      const asked = applyingTo(world, redis, direction)[view].flatMap(({ policies }) => policies.length);
      const skipped = skippedPolicies(world, redis, { direction, view }).length;
      expect(asked.reduce((sum, n) => sum + n, 0) + skipped).toBe(6);
    }
  });
});
