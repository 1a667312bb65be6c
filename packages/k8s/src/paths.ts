import { apiGroup, type ResourceKind } from "./object";

/** Where a group version is served. */
export function groupVersionPath(apiVersion: string): string {
  return apiGroup(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

/** Where a kind's objects are served: of all namespaces where none is named. */
export function collectionPath(kind: ResourceKind, namespace?: string): string {
  const inside = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${groupVersionPath(kind.apiVersion)}${inside}/${kind.plural}`;
}

/** Where one object is served. */
export function objectPath(kind: ResourceKind, name: { readonly namespace?: string; readonly name: string }): string {
  return `${collectionPath(kind, name.namespace)}/${encodeURIComponent(name.name)}`;
}

/** A query string of the members that are set, with its question mark. */
export function queryOf(members: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
