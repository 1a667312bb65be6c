import { parseResource, validateResource } from "../../decode/parse-resource";
import { compileMesh } from "../../federation/compile";
import type { ClusterPlan, MeshCluster, MeshInput, MeshPlan } from "../../federation/types";
import { canonicalJson } from "../../json/canonical";
import type { JsonValue } from "../../json/json";
import type { Draws } from "./draws";
import type { Value } from "./manifest-values";

const POLICY = "fuzzed";

const cluster = (at: number, unmanagedPolicies: readonly unknown[]): MeshCluster => ({
  id: `c${at}`,
  name: `cluster-${at}`,
  labels: {},
  network: "flat",
  podCidrs: [`10.${at}.0.0/16`],
  readOnly: false,
  namespaces: [
    { name: "shop", labels: { team: "web" } },
    { name: "ops", labels: {} },
  ],
  pods: [
    {
      namespace: "shop",
      name: "a",
      labels: { app: "a", x: "1" },
      serviceAccount: "one",
      addresses: [`10.${at}.0.1`],
      workload: { kind: "Deployment", name: "a" },
    },
    {
      namespace: "ops",
      name: "b",
      labels: { app: "b" },
      serviceAccount: "",
      addresses: [`10.${at}.0.2`],
      workload: { kind: "Deployment", name: "b" },
    },
  ],
  unmanagedPolicies,
  existingTiers: [],
});

/** Two clusters that publish to each other: the manifest as a policy of ours, or as one of a cluster's own. */
const meshWith = (manifest: Value, ours: boolean): MeshInput => ({
  clusters: [cluster(1, []), cluster(2, ours ? [] : [manifest])],
  tiers: [
    { name: "first", order: 10, defaultAction: "Pass" },
    { name: "second", order: 20, defaultAction: "Deny" },
  ],
  policies: ours ? [{ policyId: POLICY, revisionId: "r", applicationId: "a", manifest, clusterIds: ["c1", "c2"] }] : [],
  publications: [
    { sourceClusterId: "c1", namespace: "shop", targetClusterId: "c2" },
    { sourceClusterId: "c2", namespace: "ops", targetClusterId: "c1" },
  ],
});

const reversed = (input: MeshInput): MeshInput => ({
  ...input,
  clusters: [...input.clusters].reverse(),
  tiers: [...input.tiers].reverse(),
  publications: [...input.publications].reverse(),
});

const textOf = (plan: MeshPlan): string => canonicalJson(JSON.parse(JSON.stringify(plan)) as JsonValue);

function planFaults({ resources, problems }: ClusterPlan): readonly string[] {
  const wrong = resources.flatMap(({ ref, manifest }) =>
    validateResource(manifest)
      .filter(({ severity }) => severity === "error")
      .map(({ code }) => `the plan holds a ${ref.kind} that is not valid: ${code}`),
  );
  return [...wrong, ...problems.filter(({ message }) => message === "").map(({ code }) => `${code} has no message`)];
}

/** A valid policy of ours is in the plan of each of its clusters, or there is a problem that names it. */
function lostFaults({ clusters, problems }: MeshPlan): readonly string[] {
  return clusters.flatMap(({ clusterId, resources, problems: own }) => {
    const planned = resources.some(({ origin }) => origin.kind === "policy");
    const told = [...own, ...problems].some(({ policyId }) => policyId === POLICY);
    return planned || told ? [] : [`the policy is lost in ${clusterId}`];
  });
}

/** What does not hold of a mesh in which a manifest is a policy of ours, or of a cluster's own. */
export function meshFaults(draws: Draws, manifest: Value): readonly string[] {
  const ours = draws.once(2);
  const input = meshWith(manifest, ours);
  const plan = compileMesh(input);
  const faults = plan.clusters.flatMap(planFaults);
  if (textOf(compileMesh(reversed(input))) !== textOf(plan)) faults.push("the plan depends on the order of lists");
  if (ours) faults.push(...lostFaults(plan));
  const parsed = parseResource(manifest, "draft");
  if (ours && !parsed.ok && plan.clusters.some(({ resources }) => resources.some((r) => r.origin.kind === "policy")))
    faults.push("a policy that is not valid is in the plan");
  return faults;
}
