import type { ClusterPlan } from "@isthmus/policy-engine";
import { describe, expect, it } from "vitest";
import { createStoredPlans, planDigest } from "./stored-plans";

const resource = {
  ref: { apiVersion: "projectcalico.org/v3", kind: "Tier", namespace: "", name: "boutique" },
  manifest: {},
  hash: "aa",
  position: 0,
  origin: { kind: "tier", tier: "boutique" },
} as const;
const plan: ClusterPlan = { clusterId: "c", resources: [resource], publishedSets: [], problems: [] };

describe("planDigest", () => {
  it("is the same for the same objects, whatever the problems", () => {
    const problem = { code: "unknown-tier", severity: "error", message: "x" } as const;
    expect(planDigest({ ...plan, problems: [problem] })).toBe(planDigest(plan));
  });

  it.each([
    { name: "a hash", changed: { ...resource, hash: "bb" } },
    { name: "a place", changed: { ...resource, position: 1 } },
    { name: "a name", changed: { ...resource, ref: { ...resource.ref, name: "other" } } },
    {
      name: "the reason",
      changed: { ...resource, origin: { kind: "policy", policyId: "p", revisionId: "r", applicationId: "1" } as const },
    },
  ])("differs when $name does", ({ changed }) => {
    expect(planDigest({ ...plan, resources: [changed] })).not.toBe(planDigest(plan));
  });
});

describe("plans that are known to be stored", () => {
  const plans = Array.from({ length: 1_000 }, (_, at): ClusterPlan => ({ ...plan, clusterId: `c${at}` }));
  const storedOnce = (finishedOf: (clusterId: string) => boolean) => {
    const stored = createStoredPlans();
    stored.note(stored.differing(plans).map((of) => ({ of, finished: finishedOf(of.plan.clusterId) })));
    return stored;
  };
  const idsOf = (stored: ReturnType<typeof createStoredPlans>, some: readonly ClusterPlan[]) =>
    stored.differing(some).map(({ plan: { clusterId } }) => clusterId);

  it("are none at first", () => {
    expect(createStoredPlans().differing(plans)).toHaveLength(1_000);
  });

  it("are not stored again", () => {
    expect(
      idsOf(
        storedOnce(() => true),
        plans,
      ),
    ).toEqual([]);
  });

  it.each([
    { name: "an object", change: { resources: [{ ...resource, hash: "bb" }] } },
    {
      name: "what is said",
      change: { problems: [{ code: "unknown-tier", severity: "error", message: "x" } as const] },
    },
  ])("are stored again where $name changed, and no others", ({ change }) => {
    const some = plans.with(417, { ...plan, ...change, clusterId: "c417" });
    expect(
      idsOf(
        storedOnce(() => true),
        some,
      ),
    ).toEqual(["c417"]);
  });

  it("are stored again until what was compiled is reached", () => {
    const stored = storedOnce((clusterId) => clusterId !== "c3");
    expect(idsOf(stored, plans)).toEqual(["c3"]);
    stored.note(stored.differing(plans).map((of) => ({ of, finished: true })));
    expect(idsOf(stored, plans)).toEqual([]);
  });

  it("are not those of a transaction that was never noted", () => {
    const stored = storedOnce(() => true);
    const some = plans.with(5, { ...plan, clusterId: "c5", resources: [] });
    stored.differing(some);
    expect(idsOf(stored, some)).toEqual(["c5"]);
  });
});
