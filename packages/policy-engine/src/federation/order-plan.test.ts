import { describe, expect, it } from "vitest";
import { mesh, planOf, pod, policy, east, west } from "../testing/federation-fixtures";
import { applied, stepsOfPlan } from "../testing/plan-prefixes";
import { orderPlan } from "./order-plan";
import type { MeshInput, MeshPod, PlannedResource } from "./types";

const resourcesOf = (input: Partial<MeshInput>): readonly PlannedResource[] => planOf(mesh(input)).resources;

/** `position: name` of every step, upserts that change nothing left out. */
function show(before: readonly PlannedResource[], after: readonly PlannedResource[]): readonly string[] {
  return stepsOfPlan(before, orderPlan(before, after)).map(
    ({ position, kind, ref }) => `${position} ${kind} ${ref.name.replace(/^isthmus-\w+-\w+-/, "set ")}`,
  );
}

const allow = { types: ["Ingress"], ingress: [{ action: "Allow" }] };
const named = (name: string, order: number, more: object = {}) =>
  policy({ ...allow, order, ...more }, { id: name, name, ...more });

const none: Partial<MeshInput> = { publications: [] };

describe("orderPlan", () => {
  it("gives one place to what does not depend on each other: tiers, sets, policies", () => {
    const after = resourcesOf({ policies: [named("a", 1), named("b", 2)] });
    expect(show([], after)).toEqual([
      "0 write mesh",
      "1000000 write set 0",
      "1000000 write set 0",
      "2000000 write mesh.a",
      "2000001 write mesh.b",
    ]);
    const edited = resourcesOf({
      policies: [named("a", 1, { selector: "all()" }), named("b", 2, { selector: "all()" })],
    });
    expect(show(after, edited)).toEqual(["2000000 write mesh.a", "2000000 write mesh.b"]);
  });

  const global = (name: string, order: number) =>
    policy({ ...allow, order }, { id: name, name, kind: "GlobalNetworkPolicy" });
  const egress = { types: ["Egress"], ingress: [], egress: [{ action: "Allow" }] };
  const twoNamespaces = { ...west, namespaces: [...west.namespaces, { name: "ops", labels: {} }] };

  it.each([
    {
      name: "policies of different namespaces do not wait for each other",
      policies: [named("a", 1), named("b", 2, { namespace: "ops" })],
      steps: ["2000000 write mesh.b", "2000000 write mesh.a"],
    },
    {
      name: "a global policy waits for those before it, and those behind it wait for it",
      policies: [named("a", 1), named("b", 3, { namespace: "ops" }), global("g", 2)],
      steps: ["2000000 write mesh.a", "2000001 write mesh.g", "2000002 write mesh.b"],
    },
    {
      name: "policies for different directions do not wait for each other",
      policies: [named("a", 1), named("b", 2, egress)],
      steps: ["2000000 write mesh.a", "2000000 write mesh.b"],
    },
  ])("$name", ({ policies, steps }) => {
    const stripped = policies.map((each) => {
      const { namespace: _, ...spec } = (each.manifest as { spec: { namespace?: string } }).spec;
      return { ...each, manifest: { ...(each.manifest as object), spec } };
    });
    const input = { ...none, clusters: [twoNamespaces, east], policies: stripped };
    expect(show([], resourcesOf(input)).slice(1)).toEqual(steps);
  });

  it("removes policies hindmost first, among those that move, and sets and tiers when nothing asks for them", () => {
    const before = resourcesOf({ policies: [named("a", 1), named("b", 2), named("c", 3)] });
    expect(show(before, resourcesOf({ ...none, policies: [named("b", 5)] }))).toEqual([
      "1000001 remove set 0",
      "1000001 remove set 0",
      "2000000 remove mesh.c",
      "2000001 write mesh.b",
      "2000002 remove mesh.a",
    ]);
    expect(show(before, []).at(-1)).toBe("4000000 remove mesh");
  });

  it("writes the set that gains an address before the set that loses it", () => {
    const pods = (owner: string): readonly MeshPod[] => [
      pod("shop/ad", "10.2.0.1"),
      pod("shop/payment", "10.2.0.2"),
      pod(`shop/${owner}-2`, "10.2.0.3", { workload: { kind: "Deployment", name: owner } }),
    ];
    const plan = (owner: string) => resourcesOf({ clusters: [west, { ...east, pods: pods(owner) }] });
    for (const [from, to] of [["ad", "payment"] as const, ["payment", "ad"] as const]) {
      const steps = stepsOfPlan(plan(from), orderPlan(plan(from), plan(to)));
      expect(steps.map(({ position }) => position)).toEqual([1_000_000, 1_000_001]);
      const [gained] = steps;
      expect(JSON.stringify(gained)).toContain("10.2.0.3/32");
    }
  });

  it("keeps what sets would take from each other in a circle until the next plan", () => {
    const pods = (ad: string, payment: string) => [pod("shop/ad", ad), pod("shop/payment", payment)];
    const plan = (...addresses: readonly [string, string]) =>
      resourcesOf({ clusters: [west, { ...east, pods: pods(...addresses) }] });
    const [before, after] = [plan("10.2.0.1", "10.2.0.2"), plan("10.2.0.2", "10.2.0.1")];
    const first = orderPlan(before, after);
    expect(first.finished).toBe(false);
    for (const { manifest } of first.resources) {
      expect(manifest["spec"]).toEqual({ nets: ["10.2.0.1/32", "10.2.0.2/32"] });
    }
    const second = orderPlan(applied(before, first), after);
    expect([second.finished, applied(applied(before, first), second)]).toEqual([true, applied([], second)]);
    expect(second.resources.map(({ hash }) => hash)).toEqual(after.map(({ hash }) => hash));
  });

  it("keeps the sets of a policy's old revision until the new one is in force", () => {
    const egressTo = (app: string) =>
      policy({ types: ["Egress"], egress: [{ action: "Deny", destination: { selector: `app == '${app}'` } }] });
    const before = resourcesOf({ policies: [egressTo("payment")] });
    expect(show(before, resourcesOf({ policies: [egressTo("ad")] }))).toEqual([
      "1000000 write set 0",
      "1000000 write set 0",
      "2000000 write mesh.pay",
      "3000000 remove set 0",
      "3000000 remove set 0",
    ]);
  });
});
