import type { ClusterPlan } from "@isthmus/policy-engine";
import { describe, expect, it } from "vitest";
import { planDigest } from "./compile-job";

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
