import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../../json";
import type { ObjectStore } from "../../store/types";
import { resourceOf, type Kind } from "../kinds";
import { type ApiError, forbidden, invalid, notFound } from "../status";
import { tieredResources } from "./calico-kinds";

/** What admission looks at. */
export interface Admission {
  readonly store: ObjectStore;
  readonly serviceAddress: (wanted: string) => string | undefined;
  readonly randomSuffix: (length: number) => string;
}

const namespaceKind = { group: "", plural: "namespaces", kind: "Namespace" };

/** Changes and refusals that depend on other objects, before a creation. */
export function admitCreate(admission: Admission, kind: Kind, object: JsonObject): JsonObject {
  if (kind.namespaced) checkNamespace(admission.store, kind, object);
  const resource = resourceOf(kind);
  if (resource === "pods") return withServiceAccount(admission, kind, object);
  if (resource === "services") return withServiceAddress(admission, kind, object);
  if (kind.group === "projectcalico.org") checkTier(admission.store, kind, object);
  return object;
}

/** Refusals that depend on other objects, before a change. */
export function admitUpdate(
  admission: Admission,
  kind: Kind,
  change: { live: JsonObject; next: JsonObject },
): JsonObject {
  if (kind.group === "projectcalico.org") checkTier(admission.store, kind, change.next);
  if (resourceOf(kind) !== "services") return change.next;
  const spec = objectOf(change.next["spec"]);
  const { clusterIP, clusterIPs } = objectOf(change.live["spec"]);
  const kept = stringOf(spec["clusterIP"]) === "" && clusterIP !== undefined ? { clusterIP, clusterIPs } : {};
  return { ...change.next, spec: { ...spec, ...kept } };
}

function checkNamespace(store: ObjectStore, kind: Kind, object: JsonObject): void {
  const name = stringOf(valueAt(object, "metadata", "namespace"));
  const namespace = store.get({ resource: "namespaces", name });
  if (!namespace) throw notFound(namespaceKind, name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${name} because it is being terminated`;
  throw forbidden(kind, stringOf(valueAt(object, "metadata", "name")), {
    why,
    causes: [
      { reason: "NamespaceTerminating", message: `namespace ${name} is being terminated`, field: "metadata.namespace" },
    ],
  });
}

/** A policy needs its tier. */
function checkTier(store: ObjectStore, kind: Kind, object: JsonObject): void {
  if (!tieredResources.includes(kind.plural)) return;
  const tier = stringOf(valueAt(object, "spec", "tier")) || "default";
  const found = store.get({ resource: "tiers.projectcalico.org", name: tier });
  const name = stringOf(valueAt(object, "metadata", "name"));
  if (!found)
    throw invalid(kind, name, [
      {
        reason: "FieldValueInvalid",
        field: "spec.tier",
        message: `Invalid value: "${tier}": tier "${tier}" does not exist`,
      },
    ]);
  if (found.metadata.deletionTimestamp !== undefined) throw forbidden(kind, name, `tier "${tier}" is being deleted`);
}

function withServiceAddress(admission: Admission, kind: Kind, object: JsonObject): JsonObject {
  const spec = objectOf(object["spec"]);
  const wanted = stringOf(spec["clusterIP"]);
  if (wanted === "None") return { ...object, spec: { ...spec, clusterIPs: ["None"] } };
  if (spec["type"] === "ExternalName") return object;
  const clusterIP = admission.serviceAddress(wanted);
  if (clusterIP !== undefined) return { ...object, spec: { ...spec, clusterIP, clusterIPs: [clusterIP] } };
  const message = `Invalid value: "${wanted}": failed to allocate IP ${wanted}: the address is out of range, taken, or none is left`;
  throw invalid(kind, stringOf(valueAt(object, "metadata", "name")), [
    { reason: "FieldValueInvalid", field: "spec.clusterIPs", message },
  ]);
}

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Gives a pod its service account and, unless declined, the volume with its token (as Kubernetes' admission does). */
function withServiceAccount(admission: Admission, kind: Kind, object: JsonObject): JsonObject {
  const spec = objectOf(object["spec"]);
  const name = stringOf(spec["serviceAccountName"]) || stringOf(spec["serviceAccount"]) || "default";
  const namespace = stringOf(valueAt(object, "metadata", "namespace"));
  const account = admission.store.get({ resource: "serviceaccounts", namespace, name });
  const podName = stringOf(valueAt(object, "metadata", "name"));
  if (!account) throw missingAccount(kind, podName, { namespace, name });
  const named = { ...spec, serviceAccountName: name, serviceAccount: name };
  const wanted = spec["automountServiceAccountToken"] ?? account["automountServiceAccountToken"] ?? true;
  return { ...object, spec: wanted === false ? named : withTokenVolume(named, admission.randomSuffix(5)) };
}

function missingAccount(kind: Kind, pod: string, account: { namespace: string; name: string }): ApiError {
  const { namespace, name } = account;
  return forbidden(
    kind,
    pod,
    `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
  );
}

function withTokenVolume(spec: JsonObject, suffix: string): JsonObject {
  const name = `kube-api-access-${suffix}`;
  const mount = { name, readOnly: true, mountPath: tokenPath };
  const containers = objectsOf(spec["containers"]).map((container) => {
    const mounts = objectsOf(container["volumeMounts"]);
    const own = mounts.some(({ mountPath }) => mountPath === tokenPath);
    return own ? container : { ...container, volumeMounts: [...mounts, mount] };
  });
  return { ...spec, containers, volumes: [...objectsOf(spec["volumes"]), tokenVolume(name)] };
}

function tokenVolume(name: string): JsonObject {
  const namespace = { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3_607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [namespace] } },
  ];
  return { name, projected: { defaultMode: 0o644, sources } };
}
