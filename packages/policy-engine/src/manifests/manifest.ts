import type { Diagnostic, FieldPath, Severity } from "../diagnostic";
import { manifestHead } from "../json/manifest-ref";
import type { ResourceRef } from "../model/resource";

/** A manifest as it was read; `origin` is the reader's own mark (file, document, positions) and is only handed back. */
export interface Manifest<O> {
  readonly json: unknown;
  readonly origin: O;
}

/** Something that must be said of a manifest: what is wrong with it, or why it has no say. */
export interface ManifestNote<O> {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** From the root of the manifest; inside a list from the root of the list. */
  readonly path: FieldPath;
  readonly origin: O;
  readonly hint?: string;
}

/** One object of Kubernetes, taken out of the lists around it, its namespace filled in. */
export interface ClusterObject<O> {
  readonly ref: ResourceRef;
  readonly json: Readonly<Record<string, unknown>>;
  readonly origin: O;
  /** Where it lies in its manifest. */
  readonly path: FieldPath;
}

/** A note about an object as a whole, or about the field at `path` in it. */
export function noteOf<O>(
  { origin, path }: Pick<ClusterObject<O>, "origin" | "path">,
  what: Pick<Diagnostic, "code" | "severity" | "message"> & { readonly path?: FieldPath; readonly hint?: string },
): ManifestNote<O> {
  return { ...what, path: [...path, ...(what.path ?? [])], origin };
}

/** Whether a value is an object of JSON. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Kinds that live in no namespace, among those that are read. */
const CLUSTER_WIDE: ReadonlySet<string> = new Set([
  "Namespace",
  "Node",
  "Tier",
  "GlobalNetworkPolicy",
  "StagedGlobalNetworkPolicy",
  "GlobalNetworkSet",
  "HostEndpoint",
  "Profile",
  "ClusterNetworkPolicy",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
]);

/** The namespace that kubectl puts objects in that name none. */
const DEFAULT_NAMESPACE = "default";

function objectOf<O>(
  json: Readonly<Record<string, unknown>>,
  at: Omit<ClusterObject<O>, "ref" | "json">,
): ClusterObject<O> {
  const { ref } = manifestHead(json);
  if (ref.namespace !== "" || CLUSTER_WIDE.has(ref.kind)) return { ...at, ref, json };
  const metadata = isRecord(json["metadata"]) ? json["metadata"] : {};
  return {
    ...at,
    ref: { ...ref, namespace: DEFAULT_NAMESPACE },
    json: { ...json, metadata: { ...metadata, namespace: DEFAULT_NAMESPACE } },
  };
}

/** What a list of manifests holds, and what was no object. */
export interface Flattened<O> {
  readonly objects: readonly ClusterObject<O>[];
  readonly notes: readonly ManifestNote<O>[];
}

interface Place<O> {
  readonly origin: O;
  readonly path: FieldPath;
  /** What items of a typed list (`PodList`) are, which do not say it themselves. */
  readonly itemOf?: Readonly<Record<string, unknown>>;
}

const LIST = /^(\w*)List$/;

function flatten<O>(json: unknown, place: Place<O>): Flattened<O> {
  if (json === null || json === undefined) return { objects: [], notes: [] };
  const { origin, path, itemOf } = place;
  if (!isRecord(json)) {
    const message = "a manifest is an object with apiVersion, kind and metadata";
    return { objects: [], notes: [noteOf(place, { code: "not-a-manifest", severity: "error", message })] };
  }
  const typed = { ...itemOf, ...json };
  const kind = typeof typed["kind"] === "string" ? typed["kind"] : "";
  const itemKind = LIST.exec(kind)?.[1];
  const items = typed["items"];
  if (itemKind !== undefined && (Array.isArray(items) || items === undefined || items === null)) {
    const inherited = itemKind === "" ? {} : { apiVersion: typed["apiVersion"], kind: itemKind };
    const parts = ((items ?? []) as readonly unknown[]).map((item, index) =>
      flatten(item, { origin, path: [...path, "items", index], itemOf: inherited }),
    );
    return { objects: parts.flatMap((p) => p.objects), notes: parts.flatMap((p) => p.notes) };
  }
  if (kind === "") {
    const message = "`kind` is missing, so it cannot be told what this is";
    return { objects: [], notes: [noteOf(place, { code: "missing-kind", severity: "error", message })] };
  }
  return { objects: [objectOf(typed, { origin, path })], notes: [] };
}

const keyOf = ({ kind, namespace, name, apiVersion }: ResourceRef): string =>
  `${apiVersion.split("/").slice(0, -1).join("/")} ${kind} ${namespace}/${name}`;

/** The objects of a list of manifests, lists in it taken apart. Of two with one name the later stands, as when applied in order. */
export function objectsOf<O>(manifests: readonly Manifest<O>[]): Flattened<O> {
  const parts = manifests.map(({ json, origin }) => flatten(json, { origin, path: [] }));
  const byKey = new Map<string, ClusterObject<O>>();
  const notes = parts.flatMap((p) => p.notes);
  for (const object of parts.flatMap((p) => p.objects)) {
    const key = keyOf(object.ref);
    const former = byKey.get(key);
    if (former && object.ref.name !== "") {
      const { kind, namespace, name } = object.ref;
      const message = `${kind} \`${namespace === "" ? name : `${namespace}/${name}`}\` comes again later, which is the one that counts`;
      notes.push(noteOf(former, { code: "repeated-object", severity: "warning", message }));
    }
    byKey.set(object.ref.name === "" ? `${key} ${byKey.size}` : key, object);
  }
  return { objects: [...byKey.values()], notes };
}
