import type { Cluster, Fields, Judgement, Manifest, Packet } from "../cluster";
import { spellPolicy } from "../cluster";

/** A step of a verdict, taken apart. */
export interface Step {
  readonly tier: string;
  readonly kind: string;
  /** The index of a rule; -1 where none, `end` at the end of a tier. */
  readonly rule: string;
  readonly action: string;
  /** The policy that it names; absent for profiles. */
  readonly policy?: Manifest;
  /** The rule as it was written; absent for what is converted. */
  readonly written?: Fields;
}

/** One packet that both sides judged alike, and what in its cluster had to do with it. */
export interface Seen {
  readonly cluster: Cluster;
  readonly packet: Packet;
  readonly verdict: string;
  readonly enforced: readonly Step[];
  readonly pending: readonly Step[];
  /** The last enforced step. */
  readonly last: Step | undefined;
  /** The rule of a policy that decided, where one did. */
  readonly rule: Fields;
  readonly policy: Manifest | undefined;
  readonly spec: Fields;
  /** The address of the other end. */
  readonly peer: string;
  readonly host: Manifest | undefined;
}

const objectOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? { ...value } : {});

/** The kind as hits spell it. */
const spelledKind = ({ apiVersion, kind }: Manifest): string =>
  apiVersion.startsWith("networking.k8s.io/") ? `Kubernetes${kind}` : kind;

const policiesOf = ({ manifests }: Cluster): ReadonlyMap<string, Manifest> =>
  new Map(
    manifests
      .filter(({ kind }) => kind.endsWith("NetworkPolicy"))
      .map((one) => [spellPolicy(spelledKind(one), one.metadata.namespace ?? "", one.metadata.name), one]),
  );

const isConverted = (kind: string): boolean => kind.includes("Kubernetes") || kind === "ClusterNetworkPolicy";

function stepOf(hit: string, policies: ReadonlyMap<string, Manifest>, direction: string): Step {
  const [tier = "", named = "", rule = "", action = ""] = hit.split("|");
  if (tier === "profile") return { tier, kind: named, rule, action };
  const policy = policies.get(named);
  const kind = named.split(" ")[0] ?? "";
  const rules = policy?.spec?.[direction];
  const written = Array.isArray(rules) && !isConverted(kind) ? objectOf(rules[Number(rule)]) : undefined;
  return { tier, kind, rule, action, ...(policy && { policy }), ...(written && { written }) };
}

/** Reads the judgements of one cluster. */
export function reading(cluster: Cluster): (packet: Packet, judgement: Judgement) => Seen {
  const policies = policiesOf(cluster);
  const hosts = new Map(
    cluster.manifests.filter(({ kind }) => kind === "HostEndpoint").map((one) => [one.metadata.name, one]),
  );
  return (packet, { verdict, enforced, pending }) => {
    const steps = (hits: readonly string[]) => hits.map((hit) => stepOf(hit, policies, packet.direction));
    const read = steps(enforced);
    const last = read.at(-1);
    return {
      cluster,
      packet,
      verdict,
      enforced: read,
      pending: steps(pending),
      last,
      rule: last?.written ?? {},
      policy: last?.policy,
      spec: last?.policy?.spec ?? {},
      peer: packet.direction === "ingress" ? packet.source : packet.destination,
      host: packet.at.kind === "host" ? hosts.get(packet.at.name) : undefined,
    };
  };
}

/** The value at an end of a rule. */
export const endOf = (rule: Fields, end: "source" | "destination"): Fields => objectOf(rule[end]);
