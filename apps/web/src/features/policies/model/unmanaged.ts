/** A policy or tier that a cluster has and Isthmus did not write. */
export interface UnmanagedObject {
  readonly clusterId: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly body: unknown;
}

/** Unmanaged policies of one kind in one tier, as one card beside the tiers. */
export interface UnmanagedGroup {
  readonly tier: string;
  readonly kind: string;
  /** "Kubernetes" or "Calico": two kinds are both called NetworkPolicy. */
  readonly family: "Kubernetes" | "Calico";
  readonly count: number;
  readonly clusterIds: readonly string[];
}

const specField = (body: unknown, field: string): string => {
  const spec: unknown = typeof body === "object" && body !== null && "spec" in body ? body.spec : undefined;
  const value =
    typeof spec === "object" && spec !== null ? (spec as Readonly<Record<string, unknown>>)[field] : undefined;
  return typeof value === "string" ? value : "";
};

const isCalico = (apiVersion: string): boolean => apiVersion.includes("projectcalico.org");

/** Groups unmanaged policies by tier, family and kind; the tier `default` last, as clusters ask it. */
export function groupUnmanaged(objects: readonly UnmanagedObject[]): UnmanagedGroup[] {
  const groups = new Map<
    string,
    { tier: string; kind: string; family: UnmanagedGroup["family"]; count: number; clusters: Set<string> }
  >();
  for (const { clusterId, apiVersion, kind, body } of objects) {
    if (kind === "Tier") continue;
    const family = isCalico(apiVersion) ? "Calico" : "Kubernetes";
    const tier = (family === "Calico" && specField(body, "tier")) || "default";
    const key = `${tier}\n${family}\n${kind}`;
    const group = groups.get(key) ?? { tier, kind, family, count: 0, clusters: new Set<string>() };
    group.count += 1;
    group.clusters.add(clusterId);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ clusters, ...group }) => ({ ...group, clusterIds: [...clusters] }))
    .sort(
      (a, b) =>
        Number(a.tier === "default") - Number(b.tier === "default") ||
        a.tier.localeCompare(b.tier, "en") ||
        b.count - a.count,
    );
}
