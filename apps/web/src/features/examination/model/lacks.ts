/** What an agent said of its cluster, as far as pages depend on it. */
export interface GivenFacts {
  /** "connected", or why Goldmane cannot be reached. */
  readonly goldmane: string;
  /** "projectcalico.org/v3", "crd.projectcalico.org/v1" (read only) or empty. */
  readonly calicoApi: string;
  /** As "list projectcalico.org/v3 tiers". */
  readonly missingPermissions: readonly string[];
}

/** What a page may need of a cluster. */
export type Need = "flows" | "inventory" | "policies" | "sets";

/** Something that a cluster cannot give, and why. */
export interface Lack {
  readonly need: Need;
  readonly why: string;
}

/** Before the first stream an agent does not know. */
const notYet: ReadonlySet<string> = new Set(["connected", "not connected yet", ""]);
const policyKinds = /(?:policies|tiers)$/u;
const setKinds = /globalnetworksets$/u;

/** "create, update tiers": permissions as one reads them. */
function permissionsText(permissions: readonly string[]): string {
  const verbs = new Map<string, string[]>();
  for (const permission of permissions) {
    const [verb = "", , plural = ""] = permission.split(" ");
    verbs.set(plural, [...(verbs.get(plural) ?? []), verb]);
  }
  return [...verbs].map(([plural, of]) => `${of.join(", ")} ${plural}`).join("; ");
}

/** What a cluster cannot give, by what it said; nothing where it has said nothing yet. */
export function lacksOf({ goldmane, calicoApi, missingPermissions }: GivenFacts): readonly Lack[] {
  const missing = (fits: (verb: string, plural: string) => boolean): readonly string[] =>
    missingPermissions.filter((text) => fits(text.split(" ")[0] ?? "", text.split(" ")[2] ?? ""));
  const unread = missing((verb) => verb === "list");
  const lacks: Lack[] = [];
  if (!notYet.has(goldmane)) lacks.push({ need: "flows", why: goldmane });
  if (unread.length > 0) lacks.push({ need: "inventory", why: `its agent may not ${permissionsText(unread)}` });
  for (const [need, kinds] of [
    ["policies", policyKinds],
    ["sets", setKinds],
  ] as const) {
    const unwritten = missing((verb, plural) => verb !== "list" && kinds.test(plural));
    const why = writeWhy(calicoApi) || (unwritten.length > 0 ? `its agent may not ${permissionsText(unwritten)}` : "");
    if (why !== "") lacks.push({ need, why });
  }
  return lacks;
}

function writeWhy(calicoApi: string): string {
  if (calicoApi === "crd.projectcalico.org/v1") return "read only: it serves only crd.projectcalico.org/v1";
  return calicoApi === "" ? "it serves no API of Calico" : "";
}

/** A cluster, and what it cannot give; mostly nothing. */
export interface LackingCluster {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly lacks: readonly Lack[];
}

/** A line of a notice: what is missing of which clusters. */
export interface MissingLine {
  readonly need: Need;
  readonly clusters: readonly (Pick<LackingCluster, "id" | "name" | "ordinal"> & { readonly why: string })[];
}

/** What of a page's needs is missing, a line a need. */
export function missingLines(clusters: readonly LackingCluster[], needs: readonly Need[]): readonly MissingLine[] {
  return needs.flatMap((need) => {
    const without = clusters.flatMap(({ id, name, ordinal, lacks }) => {
      const lack = lacks.find((each) => each.need === need);
      return lack === undefined ? [] : [{ id, name, ordinal, why: lack.why }];
    });
    return without.length === 0 ? [] : [{ need, clusters: without }];
  });
}

const sentences: Readonly<Record<Need, string>> = {
  flows: "No flows come from",
  inventory: "Some objects are not seen in",
  policies: "Policies cannot be written into",
  sets: "No identity can be published into",
};

/** How a line begins; names of clusters follow. */
export const missingWords = (need: Need): string => sentences[need];
