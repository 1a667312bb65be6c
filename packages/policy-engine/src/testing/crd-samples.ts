import type { SchemaPath } from "./crds";

/** An object of a manifest. */
export type Fields = Readonly<Record<string, unknown>>;

/** A kind whose CRD is compared, and a spec of it that is valid. */
export interface CrdKind {
  readonly plural: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly spec: Fields;
}

const calico = (kind: string, plural: string, spec: Fields = {}): CrdKind => ({
  apiVersion: "projectcalico.org/v3",
  kind,
  plural,
  namespaced: !kind.includes("Global") && kind !== "Tier" && kind !== "HostEndpoint",
  spec,
});

/** The kinds whose CRDs the corpora have. */
export const CRD_KINDS: readonly CrdKind[] = [
  calico("Tier", "tiers"),
  calico("NetworkPolicy", "networkpolicies"),
  calico("GlobalNetworkPolicy", "globalnetworkpolicies"),
  calico("StagedNetworkPolicy", "stagednetworkpolicies"),
  calico("StagedGlobalNetworkPolicy", "stagedglobalnetworkpolicies"),
  calico("StagedKubernetesNetworkPolicy", "stagedkubernetesnetworkpolicies"),
  calico("NetworkSet", "networksets"),
  calico("GlobalNetworkSet", "globalnetworksets"),
  calico("HostEndpoint", "hostendpoints", { node: "n", interfaceName: "eth0" }),
  {
    plural: "clusternetworkpolicies",
    apiVersion: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    namespaced: false,
    spec: { tier: "Admin", priority: 1, subject: { namespaces: {} } },
  },
];

const isCluster = (kind: CrdKind): boolean => kind.kind === "ClusterNetworkPolicy";
const isKubernetes = (kind: CrdKind): boolean => kind.kind === "StagedKubernetesNetworkPolicy";

/** What a rule needs so that the fields of the path may stand in it. */
function ruleSample(kind: CrdKind, path: SchemaPath): Fields {
  if (isKubernetes(kind)) return {};
  if (isCluster(kind)) return { action: "Accept", [path[0] === "ingress" ? "from" : "to"]: [{ namespaces: {} }] };
  if (path.includes("icmp") || path.includes("notICMP")) return { action: "Allow", protocol: "ICMP" };
  return path.includes("ports") || path.includes("notPorts")
    ? { action: "Allow", protocol: "TCP" }
    : { action: "Allow" };
}

/** What an object needs beside the next field of the path. */
function objectSample(kind: CrdKind, path: SchemaPath, depth: number): Fields {
  const [key, next, above] = [path[depth - 1], path[depth], path[depth - 2]];
  if (depth === 0) return kind.spec;
  if (key === "[]" && (above === "ingress" || above === "egress")) return ruleSample(kind, path);
  if (key === "services") return next === "name" ? { namespace: "n" } : { name: "s", namespace: "n" };
  if (key === "icmp" || key === "notICMP") return { type: 8 };
  if (key === "ipBlock") return { cidr: "10.0.0.0/8" };
  if (key === "range") return { start: 1, end: 2 };
  if (key === "pods") return { podSelector: {} };
  if (key === "[]" && above === "matchExpressions") return { key: "a", operator: next === "values" ? "In" : "Exists" };
  if (key === "[]" && above === "ports")
    return isKubernetes(kind) ? { port: 1 } : { name: "p", port: 1, protocol: "TCP" };
  return {};
}

/** A value that is valid at a path, for the fields that a shape of their own have. */
export function fullSample(kind: CrdKind, path: SchemaPath): Fields {
  const key = path.at(-1);
  const sample = objectSample(kind, path, path.length);
  if (key === "http") return { methods: ["GET"] };
  if (key === "[]" && path.at(-2) === "paths") return { exact: "/a" };
  if (key === "serviceAccounts") return { names: ["a"] };
  if (key === "subject") return { namespaces: {} };
  if (key === "destinationPort") return { number: 1 };
  if (key === "tcp" || key === "udp" || key === "sctp") return { destinationPort: { number: 1 } };
  if (key === "[]" && path.at(-2) === "protocols") return { tcp: { destinationPort: { number: 1 } } };
  if (key === "[]" && (path.at(-2) === "from" || path.at(-2) === "to"))
    return isCluster(kind) ? { namespaces: {} } : { podSelector: {} };
  return sample;
}

/** A spec in which the path leads to the value, and that is valid around it. */
export function specWith(kind: CrdKind, path: SchemaPath, value: unknown): Fields {
  const build = (depth: number): unknown => {
    if (depth === path.length) return value;
    const key = path[depth] ?? "";
    if (key === "[]") return [build(depth + 1)];
    return { ...objectSample(kind, path, depth), [key]: build(depth + 1) };
  };
  return build(0) as Fields;
}

/** A manifest of the kind. */
export const manifestOf = ({ apiVersion, kind, namespaced }: CrdKind, spec: unknown, name = "p"): Fields => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespaced && { namespace: "shop" }) },
  spec,
});

/** Items of a list that are valid and differ. */
export function itemsAt(path: SchemaPath, count: number): readonly unknown[] {
  const make = (i: number): unknown => {
    switch (path.at(-1)) {
      case "nets":
      case "notNets":
      case "networks":
        return `10.${Math.floor(i / 256)}.${i % 256}.0/24`;
      case "expectedIPs":
        return `10.0.${Math.floor(i / 256)}.${i % 256}`;
      case "ports":
      case "notPorts":
        return i + 1;
      case "methods":
        return `M${i}`;
      case "paths":
        return { exact: `/${i}` };
      case "types":
      case "policyTypes":
        return ["Ingress", "Egress"][i % 2];
      case "performanceHints":
        return "AssumeNeededOnEveryNode";
      case "names":
      case "profiles":
        return `n${i}`;
      case "protocols":
        return { tcp: { destinationPort: { number: i + 1 } } };
      case "from":
      case "to":
        return { namespaces: {} };
      default:
        return { action: path[0] === "ingress" || path[0] === "egress" ? "Allow" : "Deny" };
    }
  };
  return Array.from({ length: count }, (_, i) => make(i));
}

/** A text of that length that is valid at the path. */
export function textAt(path: SchemaPath, length: number): string {
  const key = path.at(-1) ?? "";
  if (key.toLowerCase().endsWith("selector")) return "all()".padEnd(length);
  if (key === "exact" || key === "prefix") return `/${"a".repeat(length - 1)}`;
  // The longest network that there is has as many characters as the CRD allows.
  if (path.at(-2) === "networks") return `${"ffff:".repeat(8).slice(0, -1)}/128`.padEnd(length, "8");
  return "a".repeat(length);
}
