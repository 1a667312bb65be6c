import { isObject, type JsonObject } from "../json";
import type { KubeInput, KubeObject, ObjectKey, StoreEvent, StoreResult } from "../store/types";
import { tieredResources } from "./admission/calico-kinds";
import type { ApiStore } from "./context";

/** The group in which Calico keeps its objects where its kinds are not definitions of their own. */
export const calicoStorageGroup = "crd.projectcalico.org";

const storageVersion = `${calicoStorageGroup}/v1`;
const servedGroup = "projectcalico.org";
const servedVersion = `${servedGroup}/v3`;
const metadataAnnotation = "projectcalico.org/metadata";
const tierLabel = "projectcalico.org/tier";
const defaultPrefix = "default.";

/**
 * The store as an API server with Calico's storage kinds sees it. Each object is kept once, as `projectcalico.org/v3`;
 * `crd.projectcalico.org/v1` is another form of the same (libcalico-go, backend/k8s/resources): metadata that Kubernetes
 * does not keep for Calico is in an annotation, the UID differs in a way that can be undone, and policies of the tier
 * `default` bear its name.
 */
export function withCalicoStorage(store: ApiStore): ApiStore {
  const forms = new WeakMap<KubeObject, KubeObject>();
  const shown = (object: KubeObject): KubeObject => {
    const known = forms.get(object) ?? storedForm(object);
    forms.set(object, known);
    return known;
  };
  const result = (of: StoreResult): StoreResult => (of.ok ? { ok: true, value: shown(of.value) } : of);
  const event = (of: StoreEvent, resource: string): StoreEvent => ({
    ...of,
    resource,
    object: shown(of.object),
    ...(of.previous ? { previous: shown(of.previous) } : {}),
  });
  const keyOf = (key: ObjectKey): ObjectKey => servedKey(store, key);
  return {
    get resourceVersion() {
      return store.resourceVersion;
    },
    get: (key) => {
      if (!isStorage(key.resource)) return store.get(key);
      const found = store.get(keyOf(key));
      return found && shown(found);
    },
    list: (resource, namespace) =>
      isStorage(resource)
        ? store.list(servedResource(resource), namespace).map(shown)
        : store.list(resource, namespace),
    create: (resource, object) =>
      isStorage(resource)
        ? result(store.create(servedResource(resource), servedForm(resource, object)))
        : store.create(resource, object),
    update: (resource, object) => {
      if (!isStorage(resource)) return store.update(resource, object);
      const { namespace, name } = object.metadata;
      const key = keyOf({ resource, namespace, name });
      const served = servedForm(resource, object);
      return result(store.update(key.resource, { ...served, metadata: { ...served.metadata, name: key.name } }));
    },
    delete: (key, { uid, ...preconditions } = {}) =>
      isStorage(key.resource)
        ? result(store.delete(keyOf(key), { ...preconditions, uid: uid && otherUid(uid) }))
        : store.delete(key, { uid, ...preconditions }),
    subscribe: (resource, listener) =>
      isStorage(resource)
        ? store.subscribe(servedResource(resource), (of) => listener(event(of, resource)))
        : store.subscribe(resource, listener),
    eventsSince: (resource, version) => {
      if (!isStorage(resource)) return store.eventsSince(resource, version);
      const events = store.eventsSince(servedResource(resource), version);
      return events === "expired" ? events : events.map((of) => event(of, resource));
    },
  };
}

const isStorage = (resource: string): boolean => resource.endsWith(`.${calicoStorageGroup}`);
const pluralOf = (resource: string): string => resource.split(".")[0] ?? "";
const servedResource = (resource: string): string => `${pluralOf(resource)}.${servedGroup}`;

/** A policy of the tier `default` may have been named with it or without. */
function servedKey(store: ApiStore, { resource, namespace, name }: ObjectKey): ObjectKey {
  const key = { resource: servedResource(resource), namespace, name };
  if (!tieredResources.includes(pluralOf(resource)) || !name.startsWith(defaultPrefix) || store.get(key)) return key;
  return { ...key, name: name.slice(defaultPrefix.length) };
}

/** The object as Calico stores it. */
function storedForm(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, labels, annotations, managedFields, ...rest } = object.metadata;
  const tiered = labels?.[tierLabel] === "default" && !name.includes(".");
  const kept = JSON.stringify({ ...(labels?.[tierLabel] === undefined ? {} : { name }), ...rest });
  const metadata = {
    name: tiered ? `${defaultPrefix}${name}` : name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: otherUid(uid),
    resourceVersion,
    creationTimestamp: rest.creationTimestamp,
    generation: rest.generation ?? 1,
    ...(labels === undefined ? {} : { labels }),
    annotations: { ...annotations, [metadataAnnotation]: kept },
    ...(managedFields === undefined ? {} : { managedFields }),
  };
  const { status: _status, ...content } = object;
  return { ...content, apiVersion: storageVersion, metadata };
}

/** What the same object is as `projectcalico.org/v3`; one without Calico's annotation keeps what Kubernetes gave it. */
function servedForm(resource: string, object: KubeInput): KubeInput {
  const { annotations = {}, uid, name, labels, generation: _generation, ...rest } = object.metadata;
  const { [metadataAnnotation]: kept, ...others } = annotations;
  const tiered = tieredResources.includes(pluralOf(resource)) && name.startsWith(defaultPrefix);
  const metadata = {
    ...rest,
    ...keptMetadata(kept),
    ...(uid === undefined ? {} : { uid: otherUid(uid) }),
    name: tiered && kept === undefined ? name.slice(defaultPrefix.length) : name,
    ...(tiered || labels !== undefined ? { labels: { ...(tiered ? { [tierLabel]: "default" } : {}), ...labels } } : {}),
    ...(Object.keys(others).length > 0 ? { annotations: others } : {}),
  };
  return { ...object, apiVersion: servedVersion, metadata };
}

function keptMetadata(text: string | undefined): JsonObject {
  try {
    const kept: unknown = JSON.parse(text ?? "{}");
    if (!isObject(kept)) return {};
    const { uid: _uid, name: _name, namespace: _namespace, resourceVersion: _version, ...metadata } = kept;
    return metadata;
  } catch {
    return {};
  }
}

const untouched = [6, 8];

/** The UID with the bits of its bytes reversed, but for the two that say which kind of UUID it is; its own inverse. */
export function otherUid(uid: string): string {
  const bytes = Buffer.from(uid.replaceAll("-", ""), "hex");
  if (bytes.length !== 16) return uid;
  const turned = bytes.map((byte, at) => (untouched.includes(at) ? byte : reversed(byte)));
  return Buffer.from(turned)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function reversed(byte: number): number {
  return Number.parseInt(byte.toString(2).padStart(8, "0").split("").toReversed().join(""), 2);
}
