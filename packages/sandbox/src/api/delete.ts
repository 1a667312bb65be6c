import { isObject, numberOf, objectOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import { FOREGROUND_FINALIZER } from "../controllers/garbage";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import { builtInTiers } from "./admission/calico-kinds";
import type { ApiContext } from "./context";
import { resourceOf, type Kind } from "./kinds";
import { objectAt, selectionOf, selectObjects } from "./read";
import { storedKinds } from "./registry";
import type { ApiAnswer, ApiRequest } from "./request";
import { conflict, forbidden } from "./status";
import type { Call } from "./write/options";

interface DeleteOptions {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: string;
  readonly dryRun: boolean;
}

function optionsOf({ body, query }: ApiRequest): DeleteOptions {
  const given = isObject(body) ? body : {};
  const grace =
    given["gracePeriodSeconds"] ??
    (query.has("gracePeriodSeconds") ? Number(query.get("gracePeriodSeconds")) : undefined);
  return {
    uid: stringOf(valueAt(given, "preconditions", "uid")),
    resourceVersion: stringOf(valueAt(given, "preconditions", "resourceVersion")),
    gracePeriodSeconds: typeof grace === "number" ? grace : undefined,
    propagationPolicy: stringOf(given["propagationPolicy"]) || (query.get("propagationPolicy") ?? "Background"),
    dryRun: stringsOf(given["dryRun"]).includes("All") || query.getAll("dryRun").includes("All"),
  };
}

/** `delete`. */
export function deleteObject(context: ApiContext, kind: Kind, call: Call): ApiAnswer {
  const live = objectAt(context, kind, call.path);
  const options = optionsOf(call.request);
  checkPreconditions(kind, live, options);
  refuseProtected(kind, live);
  if (options.dryRun) return { code: 200, body: success(kind, live) };
  return removeObject(context, kind, { live, options });
}

function checkPreconditions(kind: Kind, { metadata }: KubeObject, { uid, resourceVersion }: DeleteOptions): void {
  const found = { UID: metadata.uid, ResourceVersion: metadata.resourceVersion };
  for (const [field, wanted] of Object.entries({ UID: uid, ResourceVersion: resourceVersion })) {
    const actual = field === "UID" ? found.UID : found.ResourceVersion;
    if (wanted === "" || wanted === actual) continue;
    const why = `Precondition failed: ${field} in precondition: ${wanted}, ${field} in object meta: ${actual}`;
    throw conflict(kind, metadata.name, why);
  }
}

const permanentNamespaces = ["default", "kube-system", "kube-public"];

/** What Kubernetes and Calico never let go: the first namespaces and the fixed tiers. */
function refuseProtected(kind: Kind, { metadata: { name } }: KubeObject): void {
  const resource = resourceOf(kind);
  const namespace = resource === "namespaces" && permanentNamespaces.includes(name);
  if (namespace) throw forbidden(kind, name, "this namespace may not be deleted");
  const tier = resource === "tiers.projectcalico.org" && Object.hasOwn(builtInTiers, name);
  if (tier) throw forbidden(kind, name, `tier "${name}" may not be deleted`);
}

interface Removal {
  readonly live: KubeObject;
  readonly options: DeleteOptions;
}

function removeObject(context: ApiContext, kind: Kind, { live, options }: Removal): ApiAnswer {
  const resource = resourceOf(kind);
  if (options.propagationPolicy === "Orphan") orphanDependents(context, live);
  const { namespace, name } = live.metadata;
  const key = { resource, namespace, name };
  if (waits(context, kind, { live, options })) {
    const marked = context.store.update(resource, markedForDeletion(context, kind, { live, options }));
    return { code: 200, body: marked.ok ? marked.value : live };
  }
  context.store.delete(key);
  return { code: 200, body: resource === "pods" ? live : success(kind, live) };
}

/** Whether something must happen before the object can go. */
function waits(context: ApiContext, kind: Kind, { live, options }: Removal): boolean {
  if (options.propagationPolicy === "Foreground") return true;
  if (stringsOf(live.metadata.finalizers).length > 0) return true;
  const resource = resourceOf(kind);
  if (resource === "namespaces") return true;
  return resource === "pods" && options.gracePeriodSeconds !== 0 && context.isExternalPod(live);
}

function markedForDeletion(context: ApiContext, kind: Kind, { live, options }: Removal): KubeObject {
  const given = numberOf(valueAt(live, "spec", "terminationGracePeriodSeconds"), 30);
  const seconds = kind.plural === "pods" ? (options.gracePeriodSeconds ?? given) : 0;
  const deletionTimestamp = live.metadata.deletionTimestamp ?? timestamp(context.now() + seconds * 1_000);
  const before = live.metadata.finalizers ?? [];
  const foreground = options.propagationPolicy === "Foreground" && !before.includes(FOREGROUND_FINALIZER);
  const finalizers = foreground ? { finalizers: [...before, FOREGROUND_FINALIZER] } : {};
  const metadata = { ...live.metadata, ...finalizers, deletionTimestamp, deletionGracePeriodSeconds: seconds };
  const status = kind.plural === "namespaces" ? { status: { ...objectOf(live["status"]), phase: "Terminating" } } : {};
  return { ...live, metadata, ...status };
}

function orphanDependents(context: ApiContext, { metadata: { uid } }: KubeObject): void {
  for (const resource of storedKinds.map(resourceOf)) {
    const dependents = context.store
      .list(resource)
      .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
    for (const object of dependents) {
      const { ownerReferences = [], ...rest } = object.metadata;
      const left = ownerReferences.filter((owner) => owner.uid !== uid);
      const metadata = left.length === 0 ? rest : { ...rest, ownerReferences: left };
      context.store.update(resource, { ...object, metadata });
    }
  }
}

function success(kind: Kind, { metadata: { name, uid } }: KubeObject): JsonObject {
  const details = { name, group: kind.group, kind: kind.plural, uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** `deletecollection`: what the selectors name. */
export function deleteCollection(context: ApiContext, kind: Kind, call: Call): ApiAnswer {
  const matches = selectionOf(kind, call.request.query);
  const objects = selectObjects(context, kind, { path: call.path, matches });
  const options = optionsOf(call.request);
  for (const live of objects) {
    refuseProtected(kind, live);
    if (!options.dryRun) removeObject(context, kind, { live, options });
  }
  const metadata = { resourceVersion: String(context.store.resourceVersion) };
  return {
    code: 200,
    body: { kind: `${kind.kind}List`, apiVersion: objects[0]?.apiVersion ?? "v1", metadata, items: objects },
  };
}
