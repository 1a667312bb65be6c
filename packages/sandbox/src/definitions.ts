import { isDeepStrictEqual } from "node:util";
import type { Kind } from "./api/kinds";
import { openApiSchema } from "./api/openapi";
import type { GroupVersion, KindRegistry } from "./api/registry";
import type { JsonObject } from "./json";
import { timestamp } from "./store/object-store";
import type { KubeInput, ObjectStore } from "./store/types";

/** The CustomResourceDefinitions of the kinds that have one, from the schemas that the API holds them to. */
export function calicoDefinitions({ kinds }: KindRegistry, now: number): readonly KubeInput[] {
  return kinds.filter(({ origin }) => origin === "definition").map((kind) => definition(kind, now));
}

function definition(kind: Kind, now: number): KubeInput {
  const names = {
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    plural: kind.plural,
    singular: kind.singular,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
  };
  const subresources = kind.subresources.includes("status") ? { subresources: { status: {} } } : {};
  const schema = { openAPIV3Schema: openApiSchema(kind) };
  const version = { name: kind.version, served: true, storage: true, schema, ...subresources };
  const at = timestamp(now);
  const conditions = ["NamesAccepted", "Established"].map((type) => ({
    type,
    status: "True",
    reason: "Sandbox",
    message: "",
    lastTransitionTime: at,
  }));
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${kind.group}`, generation: 1 },
    spec: {
      group: kind.group,
      names,
      scope: kind.namespaced ? "Namespaced" : "Cluster",
      versions: [version],
      conversion: { strategy: "None" },
    },
    status: { acceptedNames: names, storedVersions: [kind.version], conditions },
  };
}

/** The APIServices of what is served, as the aggregation layer keeps them: one for each group and version. */
export function apiServices({ calicoApi, groupVersions }: KindRegistry, now: number): readonly KubeInput[] {
  return groupVersions.map((each) => {
    const behind = calicoApi === "aggregated" && each.group === "projectcalico.org";
    return behind ? calicoService(each, now) : localService(each, now);
  });
}

const available = (reason: string, message: string, now: number): JsonObject => ({
  conditions: [{ type: "Available", status: "True", reason, message, lastTransitionTime: timestamp(now) }],
});

function localService({ group, version }: GroupVersion, now: number): KubeInput {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `${version}.${group}`, labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" } },
    spec: { group, version, groupPriorityMinimum: group === "" ? 18_000 : 17_000, versionPriority: 15 },
    status: available("Local", "Local APIServices are always available", now),
  };
}

/** As the operator registers Calico's API server. */
function calicoService({ group, version }: GroupVersion, now: number): KubeInput {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      groupPriorityMinimum: 1_500,
      versionPriority: 200,
      service: { name: "calico-api", namespace: "calico-system", port: 443 },
    },
    status: available("Passed", "all checks passed", now),
  };
}

/** Makes a resource hold these objects and no others; what stays as it is keeps its UID and version. */
export function replaceAll(store: ObjectStore, resource: string, wanted: readonly KubeInput[]): void {
  const names = wanted.map(({ metadata }) => metadata.name);
  for (const { metadata } of store.list(resource))
    if (!names.includes(metadata.name)) store.delete({ resource, name: metadata.name });
  for (const object of wanted) {
    const live = store.get({ resource, name: object.metadata.name });
    if (!live) store.create(resource, object);
    else if (!isDeepStrictEqual(live["spec"], object["spec"])) store.update(resource, object);
  }
}
