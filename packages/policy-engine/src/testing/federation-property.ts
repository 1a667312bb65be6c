import { expect } from "vitest";
import { validateResource } from "../decode/parse-resource";
import { judgeEndpoint, type Occasion } from "../evaluate/judge";
import type { JudgedVerdict } from "../evaluate/trace";
import { policyHits } from "../evaluate/trace";
import type { Endpoint } from "../evaluate/endpoint";
import { HolderIndex } from "../evaluate/holders";
import { buildWorld, type World } from "../evaluate/world";
import type { JsonObject } from "../json/json";
import type { Direction, Policy } from "../model/policy";
import { parseAddress, type IpAddress } from "../net/address";
import type { RandomMesh } from "./arbitrary-mesh";
import { clusterView } from "../federation/cluster-view";
import { compileMesh } from "../federation/compile";
import { MANAGED_LABEL, RULE_ANNOTATION } from "../federation/names";
import type { ClusterPlan, MeshCluster } from "../federation/types";

const TRAFFIC = [
  { protocol: 6, destinationPort: 80, sourcePort: 40_000 },
  { protocol: 6, destinationPort: 81, sourcePort: 40_000 },
  { protocol: 17, destinationPort: 80, sourcePort: 40_000 },
];

const OUTSIDERS = ["192.168.1.1", "172.16.0.1", "10.2.0.3", "2001:db8::1"];

const tiersOf = ({ input }: RandomMesh): readonly JsonObject[] =>
  input.tiers.map(({ name, order, defaultAction }) => ({
    apiVersion: "projectcalico.org/v3",
    kind: "Tier",
    metadata: { name },
    spec: { order: order ?? 0, defaultAction },
  }));

/** What the cluster itself would see: its own objects and what the plan wrote. */
function compiledWorld(mesh: RandomMesh, cluster: MeshCluster, plan: ClusterPlan): World {
  const { namespaces, pods, serviceAccounts } = cluster;
  const own = [...cluster.unmanagedPolicies, ...(mesh.ownSets.get(cluster.id) ?? [])];
  return buildWorld({
    namespaces,
    pods,
    ...(serviceAccounts && { serviceAccounts }),
    manifests: [...own, ...plan.resources.map(({ manifest }) => manifest)],
  });
}

/** The managed policies as their authors wrote them, under the names that they are placed with. */
function originals(mesh: RandomMesh, plan: ClusterPlan): readonly JsonObject[] {
  return plan.resources.flatMap(({ origin, ref }) => {
    if (origin.kind !== "policy") return [];
    const written = mesh.input.policies.find(({ policyId }) => policyId === origin.policyId)?.manifest as JsonObject;
    const metadata = { ...(written["metadata"] as JsonObject), name: ref.name, labels: { [MANAGED_LABEL]: "true" } };
    return [{ ...written, metadata }];
  });
}

/** The meaning: peers of managed policies are the endpoints of the whole mesh that are published here, those of others the cluster's own. */
function referenceWorld(mesh: RandomMesh, cluster: MeshCluster, plan: ClusterPlan): World {
  const { namespaces, pods, serviceAccounts } = cluster;
  const local = buildWorld({
    namespaces,
    pods,
    ...(serviceAccounts && { serviceAccounts }),
    manifests: [
      ...cluster.unmanagedPolicies,
      ...(mesh.ownSets.get(cluster.id) ?? []),
      ...tiersOf(mesh),
      ...originals(mesh, plan),
    ],
  });
  const published = new Set(plan.publishedSets.map((s) => `${s.sourceClusterId}/${s.namespace}/${s.workloadName}`));
  const remote = new HolderIndex();
  for (const other of mesh.input.clusters.filter(({ id }) => id !== cluster.id)) {
    for (const { pod, labels, addresses } of clusterView(other).pods) {
      if (!published.has(`${other.id}/${pod.namespace}/${pod.workload.name}`)) continue;
      for (const { ip } of addresses) remote.addAddress(ip, { labels, ports: [] });
    }
  }
  const seesMesh = (policy: Policy | undefined) => policy?.labels[MANAGED_LABEL] === "true";
  return {
    ...local,
    holdersOf: (address, policy) => [
      ...local.holdersOf(address, policy),
      ...(seesMesh(policy) ? remote.holdersOf(address) : []),
    ],
  };
}

/** A rule's index in the policy as its author wrote it. */
function originalIndex(
  world: World,
  step: { namespace: string; name: string; kind: string },
  at: [Direction, number],
): number {
  const policies = world.tiers.flatMap((tier) => tier.policies);
  const policy = policies.find((p) => p.kind === step.kind && p.name === step.name && p.namespace === step.namespace);
  return Number(policy?.[at[0]][at[1]]?.annotations[RULE_ANNOTATION] ?? at[1]);
}

function summary(world: World, direction: Direction, judged: JudgedVerdict): unknown {
  return {
    verdict: judged.verdict,
    hits: policyHits(judged.trace).map((hit) =>
      hit.ruleIndex < 0 ? hit : { ...hit, ruleIndex: originalIndex(world, hit, [direction, hit.ruleIndex]) },
    ),
  };
}

function peersOf(mesh: RandomMesh): readonly IpAddress[] {
  const texts = mesh.input.clusters.flatMap(({ pods }) => pods.flatMap((pod) => pod.addresses));
  return [...texts, ...OUTSIDERS].flatMap((text) => parseAddress(text) ?? []);
}

function* occasions(mesh: RandomMesh): Generator<(endpoint: Endpoint) => Occasion> {
  for (const peer of peersOf(mesh)) {
    for (const direction of ["ingress", "egress"] as const) {
      for (const traffic of TRAFFIC) {
        yield (endpoint) => {
          const own = endpoint.addresses.find((a) => a.version === peer.version) ?? {
            version: peer.version,
            value: 1n,
          };
          const ends =
            direction === "ingress" ? { source: peer, destination: own } : { source: own, destination: peer };
          return { endpoint, direction, packet: { ...traffic, ...ends } };
        };
      }
    }
  }
}

/** How often what could go wrong was in play, so that the property cannot pass for want of cases. */
export const seen = new Map<string, number>();
const count = (what: string, condition: boolean): void => {
  if (condition) seen.set(what, (seen.get(what) ?? 0) + 1);
};

function countPlan(plan: ClusterPlan): void {
  count("published set", plan.publishedSets.length > 0);
  const text = JSON.stringify(plan.resources);
  count("rule for remote peers", text.includes('"namespaceSelector":"global()","') && text.includes("/peer-"));
  count("sets kept out", text.includes("!has(isthmus.io/managed)"));
  count("notSelector over the mesh", /"notSelector":"[^"]*isthmus\.io\/peer-/.test(text));
  for (const { code } of plan.problems) count(code, true);
}

const BLOCKED = ["would-change-unmanaged-policy", "unknown-unmanaged-policy"];

/** What was approved is published, unless a problem says why not. */
function expectPublished({ input }: RandomMesh, target: MeshCluster, plan: ClusterPlan): void {
  if (plan.problems.some(({ code, severity }) => BLOCKED.includes(code) && severity === "error")) return;
  const published = new Set(plan.publishedSets.map((s) => `${s.sourceClusterId}/${s.namespace}/${s.workloadName}`));
  const approved = input.publications.filter(({ targetClusterId }) => targetClusterId === target.id);
  const wanted = approved.flatMap(({ sourceClusterId, namespace }) =>
    input.clusters
      .filter(({ id, network }) => id === sourceClusterId && network === target.network)
      .flatMap(({ id, pods }) =>
        pods.filter((p) => p.namespace === namespace).map((p) => `${id}/${namespace}/${p.workload.name}`),
      ),
  );
  expect([...published].sort()).toEqual([...new Set(wanted)].sort());
}

/**
 * Fails unless every cluster gives every packet the verdict, and the deciding rules, of the original policies over the
 * mesh, enforced and pending.
 */
export function expectSameMeaning(mesh: RandomMesh): void {
  const compiled = compileMesh(mesh.input);
  for (const cluster of mesh.input.clusters) {
    const plan = compiled.clusters.find(({ clusterId }) => clusterId === cluster.id);
    if (!plan) throw new Error("a cluster has no plan");
    countPlan(plan);
    expectPublished(mesh, cluster, plan);
    for (const { manifest } of plan.resources) expect(validateResource(manifest)).toEqual([]);
    const actual = compiledWorld(mesh, cluster, plan);
    const wanted = referenceWorld(mesh, cluster, plan);
    for (const occasion of occasions(mesh)) {
      for (const [index, endpoint] of actual.endpoints.entries()) {
        const meant = judgeEndpoint(wanted, occasion(wanted.endpoints[index] ?? endpoint));
        const got = judgeEndpoint(actual, occasion(endpoint));
        count(`verdict ${meant.verdict}`, true);
        count("pending differs", meant.pending.verdict !== meant.verdict);
        for (const step of meant.trace) count(step.kind === "rule" ? `${step.kind} ${step.action}` : step.kind, true);
        expect(summary(actual, got.direction, got)).toEqual(summary(wanted, meant.direction, meant));
        expect(summary(actual, got.direction, got.pending)).toEqual(summary(wanted, meant.direction, meant.pending));
      }
    }
  }
}

/** What must have been in play for the property to mean something. */
export const MUST_BE_SEEN = [
  "published set",
  "rule for remote peers",
  "sets kept out",
  "notSelector over the mesh",
  "would-change-unmanaged-policy",
  "different-networks",
  "peer-not-published",
  "verdict allow",
  "verdict deny",
  "pending differs",
  "rule Allow",
  "rule Deny",
  "rule Pass",
  "rule Log",
  "end-of-tier",
  "tier-skipped",
  "profile",
];
