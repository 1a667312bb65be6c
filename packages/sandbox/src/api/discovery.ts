import type { JsonObject } from "../json";
import type { Kind } from "./kinds";
import type { GroupVersion, KindRegistry } from "./registry";

/** What this API says it is. */
export const versionInfo = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.2",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2025-11-11T00:00:00Z",
  goVersion: "isthmus-sandbox",
  compiler: "node",
  platform: "linux/amd64",
};

const versionText = ({ group, version }: GroupVersion) => (group === "" ? version : `${group}/${version}`);
const kindsIn = ({ kinds }: KindRegistry, { group, version }: GroupVersion) =>
  kinds.filter((kind) => kind.group === group && kind.version === version);

function resourceEntry(kind: Kind): JsonObject {
  return {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
  };
}

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly response: { readonly group: string; readonly version: string; readonly kind: string };
}

function subresourcesOf(kind: Kind): readonly Subresource[] {
  const verbs = ["get", "patch", "update"];
  const served = kind.subresources.map((name): Subresource => {
    const response =
      name === "scale"
        ? { group: "autoscaling", version: "v1", kind: "Scale" }
        : { group: kind.group, version: kind.version, kind: kind.kind };
    return { name, verbs, response };
  });
  const token = {
    name: "token",
    verbs: ["create"],
    response: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
  };
  const eviction = {
    name: "eviction",
    verbs: ["create"],
    response: { group: "policy", version: "v1", kind: "Eviction" },
  };
  const own: Readonly<Record<string, readonly Subresource[]>> = { serviceaccounts: [token], pods: [eviction] };
  return [...served, ...(kind.group === "" ? (own[kind.plural] ?? []) : [])];
}

function subresourceEntry(kind: Kind, { name, verbs, response }: Subresource): JsonObject {
  const foreign = response.kind === kind.kind ? {} : { group: response.group, version: response.version };
  return {
    name: `${kind.plural}/${name}`,
    singularName: "",
    namespaced: kind.namespaced,
    ...foreign,
    kind: response.kind,
    verbs,
  };
}

/** `/api/v1` and `/apis/<group>/<version>`. */
export function resourceList(registry: KindRegistry, groupVersion: GroupVersion): JsonObject {
  const resources = kindsIn(registry, groupVersion).flatMap((kind) => [
    resourceEntry(kind),
    ...subresourcesOf(kind).map((subresource) => subresourceEntry(kind, subresource)),
  ]);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: versionText(groupVersion), resources };
}

function groupEntry(groupVersion: GroupVersion): JsonObject {
  const entry = { groupVersion: versionText(groupVersion), version: groupVersion.version };
  return { name: groupVersion.group, versions: [entry], preferredVersion: entry };
}

const namedGroups = ({ groupVersions }: KindRegistry) => groupVersions.filter(({ group }) => group !== "");

/** `/api`. */
export function coreVersions(): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

/** `/apis`. */
export function groupList(registry: KindRegistry): JsonObject {
  return { kind: "APIGroupList", apiVersion: "v1", groups: namedGroups(registry).map(groupEntry) };
}

/** `/apis/<group>`; `undefined` where it is not served. */
export function groupNamed(registry: KindRegistry, group: string): JsonObject | undefined {
  const found = namedGroups(registry).find((entry) => entry.group === group);
  return found && { kind: "APIGroup", apiVersion: "v1", ...groupEntry(found) };
}

/** The media type with which clients ask for all of discovery at once. */
export const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Whether an Accept header asks for aggregated discovery. */
export function wantsAggregated(accept: string): boolean {
  return accept.split(",").some((choice) => {
    const parts = choice.split(";").map((part) => part.trim());
    return ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"].every((part) => parts.includes(part));
  });
}

/** `/api` (core) or `/apis` (the rest) in the aggregated form. */
export function aggregated(registry: KindRegistry, which: "core" | "groups"): JsonObject {
  const chosen = registry.groupVersions.filter(({ group }) => (group === "") === (which === "core"));
  const items = chosen.map((groupVersion) => ({
    metadata:
      groupVersion.group === "" ? { creationTimestamp: null } : { name: groupVersion.group, creationTimestamp: null },
    versions: [
      {
        version: groupVersion.version,
        resources: kindsIn(registry, groupVersion).map(aggregatedEntry),
        freshness: "Current",
      },
    ],
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function aggregatedEntry(kind: Kind): JsonObject {
  const { group, version } = kind;
  return {
    resource: kind.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    subresources: subresourcesOf(kind).map(({ name, verbs, response }) => ({
      subresource: name,
      responseKind: response,
      verbs,
    })),
  };
}

/** The `apiVersion` of a group and version that is served; `undefined` for others. */
export function servedVersion(registry: KindRegistry, wanted: GroupVersion): GroupVersion | undefined {
  return registry.groupVersions.find(({ group, version }) => group === wanted.group && version === wanted.version);
}
