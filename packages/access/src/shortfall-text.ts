import { unreachable } from "@isthmus/std";
import type { RoleBinding } from "./binding";
import type { Via } from "./explanation";
import type { Shortfall } from "./judge-binding";
import type { Ceiling } from "./layers";
import { permissionSpecs, type Dimension, type Permission } from "./permissions";
import { scopeErrorText } from "./problem";
import { WHOLE, type Region } from "./region";
import type { AccessCluster } from "./scope";
import { clusterName, describeScope } from "./scope-text";

/** A role within a scope as somebody holds it, or as a token is limited to it. */
export interface Holding {
  readonly given: RoleBinding | Ceiling;
  readonly subject: string;
  readonly roleName: string;
  readonly clusters: readonly AccessCluster[];
  readonly providers: ReadonlyMap<string, string>;
}

/** By what a binding reaches the subject; a ceiling is the token's own. */
export function viaOf({ given, subject, providers }: Holding): Via {
  if (!("holder" in given) || given.holder.kind === "person") return { kind: "person", name: subject };
  const { providerId, group } = given.holder;
  const provider = providers.get(providerId);
  return { kind: "group", name: provider === undefined ? group : `${group} of ${provider}` };
}

/** Who is meant: "Viewer, held by group ops of Okta," or "Viewer, to which the token is limited,". */
function subjectText(holding: Holding): string {
  if (!("holder" in holding.given)) return `${holding.roleName}, to which the token is limited,`;
  const { kind, name } = viaOf(holding);
  return `${holding.roleName}, held by ${kind === "group" ? `group ${name}` : name},`;
}

const DIMENSION_PLURAL: Readonly<Record<Dimension, string>> = {
  cluster: "clusters",
  namespace: "namespaces",
  tier: "tiers",
};

function extentText(dimension: Dimension, region: Region, clusters: readonly AccessCluster[]): string {
  const extent = region[dimension];
  if (typeof extent === "object") {
    const name = extent.labels.get("name");
    return name === undefined ? "the cluster that is to join" : `\`${name}\`, which is to join`;
  }
  if (extent === WHOLE) return `all ${DIMENSION_PLURAL[dimension]}`;
  if (dimension === "cluster") return clusterName(clusters, extent);
  if (extent === "") return "what has no namespace";
  return `${dimension} \`${extent}\``;
}

/** What keeps a holding from granting a permission, in a sentence. */
export function shortfallSentence(shortfall: Shortfall, holding: Holding, permission: Permission): string {
  const { given, clusters } = holding;
  const who = subjectText(holding);
  switch (shortfall.code) {
    case "role-unknown":
      return `${who} grants nothing`;
    case "role-lacks-permission":
      return `${who} does not carry \`${permission}\``;
    case "scope-void":
      return `${who} grants nothing: ${scopeErrorText(shortfall.error)}`;
    case "scope-limited": {
      const what =
        permissionSpecs[permission].dimensions.length === 0 ? "is of the whole organisation" : "reaches further";
      return `${who} is limited to some ${DIMENSION_PLURAL[shortfall.dimension]}, and \`${permission}\` ${what}`;
    }
    case "scope-leaves-out": {
      const { dimension, regions } = shortfall;
      const left = [...new Set(regions.map((region) => extentText(dimension, region, clusters)))];
      return `${who} reaches ${describeScope(given.scope, clusters)}, and leaves out ${left.join(", ")}`;
    }
    default:
      return unreachable(shortfall);
  }
}
