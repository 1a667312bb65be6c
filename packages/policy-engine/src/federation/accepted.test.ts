import { describe, expect, it } from "vitest";
import { east, mesh, planOf, west } from "../testing/federation-fixtures";
import type { AcceptedDifference, MeshInput } from "./types";

const OWN = {
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkPolicy",
  metadata: { name: "own" },
  spec: { ingress: [{ action: "Deny", source: { selector: "all()" } }] },
};
const UNREADABLE = { apiVersion: "example.org/v1", kind: "Unheard", metadata: { name: "own" }, spec: {} };

const withOwn = (own: unknown, accepted?: readonly AcceptedDifference[]): MeshInput =>
  mesh({ clusters: [{ ...west, unmanagedPolicies: [own] }, east], ...(accepted && { accepted }) });

/** What a person would accept who sees the plan's first problem. */
function acceptanceOf(input: MeshInput): AcceptedDifference {
  const [problem] = planOf(input).problems;
  if (!problem?.ref || !problem.fingerprint) throw new Error("there is nothing to accept");
  return { clusterId: "west", ref: problem.ref, fingerprint: problem.fingerprint };
}

describe("a difference that a person accepted", () => {
  it.each([
    { name: "of a policy that a set would match", own: OWN, code: "would-change-unmanaged-policy" },
    { name: "of an object that cannot be read", own: UNREADABLE, code: "unknown-unmanaged-policy" },
  ])("$name keeps nothing away, and is still told", ({ own, code }) => {
    const refused = planOf(withOwn(own));
    expect(refused.publishedSets).toEqual([]);
    expect(refused.problems.map((p) => `${p.severity} ${p.code}`)).toEqual([`error ${code}`]);
    const plan = planOf(withOwn(own, [acceptanceOf(withOwn(own))]));
    expect(plan.publishedSets.map(({ workloadName }) => workloadName)).toEqual(["ad", "payment"]);
    expect(plan.problems.map((p) => `${p.severity} ${p.code}`)).toEqual([`warning ${code}`]);
  });

  const elsewhere = { ...acceptanceOf(withOwn(OWN)), clusterId: "east" };
  const other = { ...acceptanceOf(withOwn(OWN)), ref: { ...acceptanceOf(withOwn(OWN)).ref, name: "other" } };
  const before = acceptanceOf(withOwn({ ...OWN, spec: { ...OWN.spec, order: 7 } }));

  it.each([
    { name: "of another cluster", accepted: elsewhere, message: /cannot be published here/ },
    { name: "of another policy", accepted: other, message: /cannot be published here/ },
    { name: "of what the policy was before", accepted: before, message: /has changed since a person accepted/ },
  ])("$name counts for nothing", ({ accepted, message }) => {
    const plan = planOf(withOwn(OWN, [accepted]));
    expect(plan.publishedSets).toEqual([]);
    expect(plan.problems.map((p) => p.severity)).toEqual(["error"]);
    expect(plan.problems[0]?.message).toMatch(message);
  });

  it("does not lapse when the policy is merely written anew", () => {
    const again = { ...OWN, metadata: { ...OWN.metadata, uid: "u2", resourceVersion: "9" } };
    expect(planOf(withOwn(again, [acceptanceOf(withOwn(OWN))])).publishedSets).toHaveLength(2);
  });

  it("says nothing of other policies", () => {
    const second = { ...OWN, metadata: { name: "second" } };
    const input = mesh({
      clusters: [{ ...west, unmanagedPolicies: [OWN, second] }, east],
      accepted: [acceptanceOf(withOwn(OWN))],
    });
    const plan = planOf(input);
    expect(plan.publishedSets).toEqual([]);
    expect(plan.problems.map((p) => `${p.severity} ${p.ref?.name}`)).toEqual(["warning own", "error second"]);
  });
});
