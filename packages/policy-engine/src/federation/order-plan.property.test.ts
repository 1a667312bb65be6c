import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json";
import { maybe, mostly } from "../testing/arbitrary-record";
import { east, mesh, planOf, pod, policy, west } from "../testing/federation-fixtures";
import { applied, prefixesOf, stepsOfPlan } from "../testing/plan-prefixes";
import { IDENTITY_LABEL } from "./names";
import { orderPlan } from "./order-plan";
import type { HeldResource } from "./places";
import type { MeshCluster, PlannedResource } from "./types";

type Act = "allow" | "deny" | "pass" | "none";

interface Flow {
  readonly namespace: string;
  readonly direction: string;
  readonly at: number;
}

const NAMESPACES = ["shop", "ops"];
const DIRECTIONS = ["Ingress", "Egress"];
const FLOWS: readonly Flow[] = NAMESPACES.flatMap((namespace) =>
  DIRECTIONS.flatMap((direction) => [0, 1, 2].map((at) => ({ namespace, direction, at }))),
);

/** A policy that does something of its own with each of a few flows, and where it stands before and after. */
const drawnPolicy = fc.record({
  namespace: fc.constantFrom("", "", ...NAMESPACES),
  tier: fc.constantFrom("one", "two"),
  types: fc.constantFrom(["Ingress"], ["Egress"], DIRECTIONS, undefined),
  acts: fc.tuple(...[0, 1, 2].map(() => fc.constantFrom<Act>("allow", "allow", "deny", "deny", "pass", "none"))),
  before: mostly(fc.integer({ min: 1, max: 5 }), 5),
  after: mostly(fc.integer({ min: 1, max: 5 }), 5),
});

const drawn = fc.record({
  policies: fc.array(drawnPolicy, { minLength: 2, maxLength: 6, size: "max" }),
  tiers: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  renumbered: maybe(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), 2),
  defaults: fc.tuple(fc.constantFrom("Pass", "Deny"), fc.constantFrom("Pass", "Deny")),
  /** Policies change in several tiers, and pass nothing on; or in one tier alone. */
  several: fc.boolean(),
  salt: fc.nat(),
});

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;
type Acts = ReadonlyMap<string, readonly Act[]>;

const planned = (kind: string, namespace: string, name: string, spec: JsonObject): PlannedResource => ({
  ref: { apiVersion: "projectcalico.org/v3", kind, namespace, name },
  manifest: { kind, metadata: { name }, spec },
  hash: JSON.stringify([kind, namespace, name, spec]),
  position: 0,
  origin: { kind: "tier", tier: "" },
});

/** Tiers and policies as they stand at one end; orders of tiers change in a plan of their own. */
function stateOf(
  { policies, tiers, renumbered, defaults, several }: Drawn,
  end: "before" | "after",
): readonly PlannedResource[] {
  const orders = end === "after" && renumbered ? renumbered : tiers;
  return [
    ...["one", "two"].map((name, i) =>
      planned("Tier", "", name, { order: orders[i] ?? 0, defaultAction: defaults[i] ?? "Pass" }),
    ),
    ...policies.flatMap(({ namespace, tier, types, before, after }, i) => {
      const changes = !renumbered && (several || tier === "one");
      const order = end === "after" && changes ? after : before;
      if (order === undefined) return [];
      return [planned("NetworkPolicy", namespace, `${tier}.p${i}`, { tier, order, ...(types && { types }) })];
    }),
  ];
}

const spec = ({ manifest }: HeldResource) =>
  manifest["spec"] as { tier?: string; order: number; types?: readonly string[]; defaultAction?: string };

function judge(state: readonly HeldResource[], { namespace, direction, at }: Flow, acts: Acts): "allow" | "deny" {
  const byOrder = (a: HeldResource, b: HeldResource) =>
    spec(a).order - spec(b).order || (`${a.ref.name}/` < `${b.ref.name}/` ? -1 : 1);
  const tiers = state.filter(({ ref }) => ref.kind === "Tier").toSorted(byOrder);
  for (const tier of tiers) {
    const applying = state
      .filter((each) => spec(each).tier === tier.ref.name && (spec(each).types ?? DIRECTIONS).includes(direction))
      .filter(({ ref }) => ref.namespace === "" || ref.namespace === namespace)
      .toSorted(byOrder);
    if (applying.length === 0) continue;
    const act = applying.map(({ ref }) => acts.get(ref.name)?.[at] ?? "none").find((each) => each !== "none");
    if (act === "allow" || act === "deny") return act;
    if (act === undefined && spec(tier).defaultAction === "Deny") return "deny";
  }
  return "allow";
}

describe("the prefixes of a plan", () => {
  it("of a renumbering open nothing that both ends deny", () => {
    let deniedAtBoth = 0;
    let steps = 0;
    fc.assert(
      fc.property(drawn, (each) => {
        const act = (is: Act): Act => (is === "pass" && each.several && !each.renumbered ? "none" : is);
        const acts: Acts = new Map(each.policies.map(({ tier, acts: of }, i) => [`${tier}.p${i}`, of.map(act)]));
        const [before, after] = [stateOf(each, "before"), stateOf(each, "after")];
        const shuffle = ({ name }: { name: string }) =>
          String((name.length * 7 + (name.at(-1)?.charCodeAt(0) ?? 0)) * each.salt);
        const plan = stepsOfPlan(before, orderPlan(before, after), shuffle);
        steps += plan.length;
        for (const flow of FLOWS) {
          if (judge(before, flow, acts) !== "deny" || judge(after, flow, acts) !== "deny") continue;
          deniedAtBoth += 1;
          for (const prefix of prefixesOf(before, plan)) expect(judge(prefix, flow, acts)).toBe("deny");
        }
      }),
      { numRuns: 1_000 },
    );
    expect([deniedAtBoth > 1_000, steps > 1_000]).toEqual([true, true]);
  });

  const LABELS = [{ app: "a" }, { app: "b" }, { app: "a", extra: "1" }];
  const place = fc.record({
    address: fc.integer({ min: 1, max: 6 }),
    workload: fc.constantFrom("w1", "w2", "w3"),
    labels: fc.constantFrom(...LABELS),
  });
  const end = fc.record({
    pods: fc.uniqueArray(place, { maxLength: 6, selector: ({ address }) => address }),
    selector: fc.constantFrom("app == 'a'", "has(extra)", "app == 'b'"),
  });

  const clusterOf = (pods: readonly (typeof place extends fc.Arbitrary<infer T> ? T : never)[]): MeshCluster => ({
    ...east,
    pods: pods.map(({ address, workload, labels }) =>
      pod(`shop/pod-${address}`, `10.2.0.${address}`, { labels, workload: { kind: "Deployment", name: workload } }),
    ),
  });

  const planFor = ({ pods, selector }: typeof end extends fc.Arbitrary<infer T> ? T : never) =>
    planOf(
      mesh({
        clusters: [west, clusterOf(pods)],
        policies: [policy({ types: ["Egress"], egress: [{ action: "Deny", destination: { selector } }] })],
      }),
    ).resources;

  /** Whose each address is, with the labels that peers go by. */
  function holders(state: readonly HeldResource[]): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const { ref, manifest } of state) {
      if (ref.kind !== "GlobalNetworkSet") continue;
      const { labels } = manifest["metadata"] as { labels: Record<string, string> };
      const identity = `${labels[IDENTITY_LABEL]} ${Object.keys(labels).join(" ")}`;
      for (const net of (manifest["spec"] as { nets: string[] }).nets)
        found.set(net, (found.get(net) ?? new Set()).add(identity));
    }
    return found;
  }

  it("leave an address that moves its old identity or its new one, and nothing else", () => {
    const seen = { moved: 0, circles: 0 };
    fc.assert(
      fc.property(end, end, (from, to) => {
        const [before, after] = [planFor(from), planFor(to)];
        const [old, next] = [holders(before), holders(after)];
        let held = before;
        for (let plans = 1, finished = false; !finished; plans += 1) {
          expect(plans).toBeLessThan(3);
          const plan = orderPlan(held, after);
          for (const prefix of prefixesOf(held, stepsOfPlan(held, plan))) {
            const now = holders(prefix);
            for (const net of new Set([...old.keys(), ...next.keys(), ...now.keys()])) {
              const [was, is, willBe] = [old, now, next].map((of) => [...(of.get(net) ?? [])]);
              expect([...(was ?? []), ...(willBe ?? [])]).toEqual(expect.arrayContaining(is ?? []));
              const isLost = was?.length && willBe?.length && !is?.length;
              expect([net, isLost === true]).toEqual([net, false]);
              if (was?.join() !== willBe?.join()) seen.moved += 1;
            }
          }
          if (!plan.finished) seen.circles += 1;
          held = applied(held, plan);
          finished = plan.finished;
        }
        expect(holders(held)).toEqual(next);
      }),
      { numRuns: 300 },
    );
    expect([seen.moved > 1_000, seen.circles > 5]).toEqual([true, true]);
  });
});
