import { permissionSpecs, type Dimension, type Permission } from "@isthmus/access";

/** What the Why page asks about, as its URL says it; what is empty means "anything" where it may. */
export interface WhyQuestion {
  readonly permission: Permission;
  readonly clusterId: string;
  readonly namespace: string;
  readonly tier: string;
}

/** What must still be chosen before there is an answer, in words; undefined when the question is whole. */
export function missingPart({ permission, clusterId, tier }: WhyQuestion): string | undefined {
  const { dimensions } = permissionSpecs[permission];
  if (permission === "clusters.connect") return undefined;
  if (dimensions.includes("tier") && tier === "") return "Choose a tier.";
  if (dimensions.length > 0 && !dimensions.includes("tier") && clusterId === "") return "Choose a cluster.";
  return undefined;
}

/** What is asked about, as it is sent. */
export type AskedResource =
  | { kind: "organisation" }
  | { kind: "cluster"; clusterId: string }
  | { kind: "place"; clusterId: string; namespace: string }
  | { kind: "tier"; tier: string }
  | { kind: "policy"; tier: string; namespace: string; clusterIds: string[] };

/** The thing that a whole question is about. */
export function resourceOf({ permission, clusterId, namespace, tier }: WhyQuestion): AskedResource {
  const { dimensions } = permissionSpecs[permission];
  if (dimensions.length === 0) return { kind: "organisation" };
  if (dimensions.length === 3)
    return { kind: "policy", tier, namespace, clusterIds: clusterId === "" ? [] : [clusterId] };
  if (dimensions.includes("tier")) return { kind: "tier", tier };
  if (dimensions.includes("namespace")) return { kind: "place", clusterId, namespace };
  return { kind: "cluster", clusterId };
}

/** Whether a permission can be limited by a dimension, so that the page asks for it. */
export const asksFor = (permission: Permission, dimension: Dimension): boolean =>
  permissionSpecs[permission].dimensions.includes(dimension);

export interface QuestionNames {
  /** "I" or the person's name. */
  readonly person: string;
  readonly self: boolean;
  readonly organisation: string;
  readonly cluster: string | undefined;
}

/** The question as a sentence: "Can Ben apply policies in tier pci, at eu-west?" without the answer. */
export function questionWords(question: WhyQuestion, names: QuestionNames): string {
  const { permission, namespace, tier } = question;
  const title = permissionSpecs[permission].title;
  const act = title.charAt(0).toLowerCase() + title.slice(1);
  const places = [
    asksFor(permission, "tier") && tier !== "" ? `of tier ${tier}` : undefined,
    asksFor(permission, "namespace") && namespace !== "" ? `in namespace ${namespace}` : undefined,
    asksFor(permission, "cluster") && names.cluster !== undefined ? `at ${names.cluster}` : undefined,
  ].filter((part) => part !== undefined);
  const where = places.length === 0 ? ` in ${names.organisation}` : ` ${places.join(", ")}`;
  return `${names.self ? "Can I" : `Can ${names.person}`} ${act}${where}?`;
}
