import { parseResource } from "../decode/parse-resource";
import { manifestHead } from "../json/manifest-ref";
import type { HostEndpoint, NetworkSet, Policy, Profile, Tier } from "../model/policy";
import type { ResourceRef } from "../model/resource";
import { compareBytes } from "../text/order";

/** A policy that could not be read: wherever it may have a say, the verdict is unknown. */
export interface UnreadablePolicy {
  readonly ref: ResourceRef;
  readonly reason: string;
}

/** Kinds of policy that have a namespace; a namespace that somebody wrote into any other one confines nothing. */
const NAMESPACED: ReadonlySet<string> = new Set([
  "NetworkPolicy",
  "StagedNetworkPolicy",
  "StagedKubernetesNetworkPolicy",
]);

/** Whether what is not read may have a say at endpoints of a namespace: a policy of another namespace has none. */
export const maySpeakIn = ({ ref }: UnreadablePolicy, namespace: string): boolean =>
  !NAMESPACED.has(ref.kind) || ref.namespace === "" || ref.namespace === namespace;

const unreadableKey = ({ ref: { apiVersion, kind, namespace, name }, reason }: UnreadablePolicy): string =>
  [kind, namespace, name, apiVersion, reason].join("\0");

/** The resources of one cluster by what they are. */
export interface ReadManifests {
  readonly policies: Policy[];
  readonly tiers: Tier[];
  readonly sets: NetworkSet[];
  readonly hosts: HostEndpoint[];
  readonly profiles: Profile[];
  /** In an order of their own, so that the first one is the same whatever the order of manifests. */
  readonly unreadable: UnreadablePolicy[];
}

/** Reads manifests as a cluster holds them. */
export function readManifests(manifests: readonly unknown[]): ReadManifests {
  const read: ReadManifests = { policies: [], tiers: [], sets: [], hosts: [], profiles: [], unreadable: [] };
  for (const manifest of manifests) {
    const parsed = parseResource(manifest, "cluster");
    if (!parsed.ok) {
      const first = parsed.error.find((d) => d.severity === "error");
      read.unreadable.push({ ref: manifestHead(manifest).ref, reason: first?.message ?? "it is not valid" });
      continue;
    }
    const { resource, warnings } = parsed.value;
    const odd = resource.resource === "policy" ? undefined : warnings.find(({ code }) => code === "unknown-field");
    if (odd) {
      // A policy keeps what is not understood in its place; of anything else nobody knows what it would change.
      read.unreadable.push({ ref: resource.ref, reason: odd.message });
      continue;
    }
    if (resource.resource === "policy") read.policies.push(resource);
    else if (resource.resource === "tier") read.tiers.push(resource);
    else if (resource.resource === "network-set") read.sets.push(resource);
    else if (resource.resource === "host-endpoint") read.hosts.push(resource);
    else read.profiles.push(resource);
  }
  read.unreadable.sort((a, b) => compareBytes(unreadableKey(a), unreadableKey(b)));
  return { ...read, policies: withoutMirrored(read.policies) };
}

/** Calico's API shows each Kubernetes policy once more as a NetworkPolicy `knp.default.<name>`: it counts once. */
function withoutMirrored(policies: readonly Policy[]): Policy[] {
  const kubernetes = policies.filter((p) => p.kind === "KubernetesNetworkPolicy");
  const mirrors = new Set(kubernetes.map(({ namespace, name }) => `${namespace}/knp.default.${name}`));
  return policies.filter((p) => p.kind !== "NetworkPolicy" || !mirrors.has(`${p.namespace}/${p.name}`));
}
