import { isObject, objectOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeInput, KubeObject } from "../store/types";
import { admitCreate, admitUpdate } from "./admission/admit";
import { withDefaults } from "./admission/defaults";
import { validate } from "./admission/validate";
import type { ApiContext } from "./context";
import { apiVersionOf, resourceOf, type Kind } from "./kinds";
import { applyConfiguration, recordUpdate, type OwnershipConflict, type Writer } from "./patch/managed-fields";
import { namespaceOf } from "./read";
import { isTrue, type ApiRequest, type ResourcePath } from "./request";
import { checkShape } from "./schema/check";
import { alreadyExists, ApiError, badRequest, conflict, invalid, modified, notFound, type Cause } from "./status";

/** What a write needs to know of its request. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: "Strict" | "Warn" | "Ignore";
  readonly writer: Writer;
}

/** A written object, with what the writer should be told. */
export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

/** Reads dryRun, fieldValidation and fieldManager. */
export function writeOptionsOf(context: ApiContext, kind: Kind, call: { request: ApiRequest; path: ResourcePath }): WriteOptions {
  const { query, userAgent } = call.request;
  const validation = query.get("fieldValidation") ?? "Warn";
  if (!["Strict", "Warn", "Ignore"].includes(validation)) throw badRequest(`invalid fieldValidation: ${validation}`);
  const dryRun = query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All")) throw badRequest(`invalid dryRun: ${dryRun.join(",")}`);
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: validation === "Strict" ? "Strict" : validation === "Ignore" ? "Ignore" : "Warn",
    writer: {
      manager: query.get("fieldManager") ?? (userAgent.split("/")[0] || "unknown"),
      subresource: call.path.subresource === "scale" ? "scale" : call.path.subresource,
      apiVersion: apiVersionOf(kind),
      time: timestamp(context.now()),
    },
  };
}

/** The body of a request as an object of this kind, at this path. */
export function bodyObject(kind: Kind, { request, path }: { request: ApiRequest; path: ResourcePath }): JsonObject {
  const { body } = request;
  if (!isObject(body)) throw badRequest("the body of the request must be an object");
  const wanted = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  for (const field of ["apiVersion", "kind"] as const) {
    const given = body[field];
    if (given !== undefined && given !== wanted[field]) {
      throw badRequest(`${field} in the data (${String(given)}) does not match the expected one (${wanted[field]})`);
    }
  }
  const metadata = objectOf(body["metadata"]);
  const name = stringOf(metadata["name"]) || path.name;
  if (path.name !== "" && name !== path.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${path.name})`);
  }
  const namespace = namespaceIn(kind, metadata, path);
  return { ...body, ...wanted, metadata: { ...metadata, ...(name === "" ? {} : { name }), ...namespace } };
}

function namespaceIn(kind: Kind, metadata: JsonObject, path: ResourcePath): JsonObject {
  if (!kind.namespaced) return { namespace: undefined };
  const given = stringOf(metadata["namespace"]);
  if (given !== "" && path.namespace !== "" && given !== path.namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  return { namespace: path.namespace || given };
}

function checked(kind: Kind, object: JsonObject, { fieldValidation }: Pick<WriteOptions, "fieldValidation">) {
  const { object: kept, unknown, causes } = checkShape(kind.schema, object);
  if (fieldValidation === "Strict" && unknown.length > 0) {
    const list = unknown.map((field) => `unknown field "${field}"`).join(", ");
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${list}`);
  }
  if (causes.length > 0) throw invalid(kind, stringOf(valueAt(object, "metadata", "name")), causes);
  const warnings = fieldValidation === "Warn" ? unknown.map((field) => `unknown field "${field}"`) : [];
  return { kept, warnings };
}

/** Metadata that only the server sets. */
function withServerMetadata(object: JsonObject, live: KubeObject | undefined): JsonObject {
  const given = objectOf(object["metadata"]);
  const { selfLink: _selfLink, managedFields: _managedFields, ...metadata } = given;
  const fixed = {
    uid: live?.metadata.uid,
    creationTimestamp: live?.metadata.creationTimestamp,
    deletionTimestamp: live?.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: valueAt(live, "metadata", "deletionGracePeriodSeconds"),
    generation: live?.metadata.generation,
    managedFields: live?.metadata.managedFields,
  };
  const merged = Object.entries({ ...metadata, ...fixed }).filter(([, value]) => value !== undefined);
  return { ...object, metadata: Object.fromEntries(merged) };
}

function withGeneration(kind: Kind, object: JsonObject, live: JsonObject | undefined): JsonObject {
  if (!kind.generation) return object;
  const before = Number(valueAt(live, "metadata", "generation") ?? 0);
  const changed = live === undefined || JSON.stringify(content(object)) !== JSON.stringify(content(live));
  const generation = changed ? before + 1 : before;
  return { ...object, metadata: { ...objectOf(object["metadata"]), generation } };
}

function content({ metadata: _metadata, status: _status, ...rest }: JsonObject): JsonObject {
  return sortedKeys(rest);
}

function sortedKeys(value: JsonObject): JsonObject {
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sorted(item)]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return isObject(value) ? sortedKeys(value) : value;
}

/** Creates an object from what its author wrote. */
export function createObject(context: ApiContext, kind: Kind, given: JsonObject, options: WriteOptions): Written {
  const hasStatus = kind.subresources.includes("status");
  const { status: _status, ...withoutStatus } = given;
  const { kept, warnings } = checked(kind, named(context, hasStatus ? withoutStatus : given), options);
  const defaulted = withDefaults(kind, withServerMetadata(kept, undefined));
  const candidate = admitCreate(context, kind, defaulted);
  const name = stringOf(valueAt(candidate, "metadata", "name"));
  refuseInvalid(kind, candidate, undefined);
  const empty = { apiVersion: candidate["apiVersion"], kind: candidate["kind"] };
  const recorded = recordUpdate(kind.schema, { live: empty, next: withGeneration(kind, candidate, undefined) }, options.writer);
  const ready = initialStatus(kind, recorded);
  const resource = resourceOf(kind);
  if (options.dryRun) {
    const key = { resource, namespace: namespaceOf(kind, stringOf(valueAt(ready, "metadata", "namespace"))), name };
    if (context.store.get(key)) throw alreadyExists(kind, name);
    return { object: unsaved(ready, context), created: true, warnings };
  }
  const stored = context.store.create(resource, asInput(ready));
  if (!stored.ok) throw alreadyExists(kind, name);
  return { object: stored.value, created: true, warnings };
}

function initialStatus(kind: Kind, object: JsonObject): JsonObject {
  return resourceOf(kind) === "pods" ? { ...object, status: { phase: "Pending", qosClass: "BestEffort" } } : object;
}

function named(context: ApiContext, object: JsonObject): JsonObject {
  const metadata = objectOf(object["metadata"]);
  const prefix = stringOf(metadata["generateName"]);
  if (stringOf(metadata["name"]) !== "" || prefix === "") return object;
  return { ...object, metadata: { ...metadata, name: `${prefix.slice(0, 58)}${context.randomSuffix(5)}` } };
}

function refuseInvalid(kind: Kind, object: JsonObject, live: JsonObject | undefined): void {
  const causes = validate(kind, { object, live });
  if (causes.length > 0) throw invalid(kind, stringOf(valueAt(object, "metadata", "name")), causes);
}

function unsaved(object: JsonObject, context: ApiContext): KubeObject {
  const metadata = { uid: context.newUid(), creationTimestamp: timestamp(context.now()), ...objectOf(object["metadata"]) };
  return asStored({ ...object, metadata });
}

/** INVARIANT: what passed `checked` has a string `apiVersion`, `kind` and `metadata.name`. */
function asStored(object: JsonObject): KubeObject {
  return object as unknown as KubeObject;
}

function asInput(object: JsonObject): KubeInput {
  return asStored(object);
}

/** A change to an object that exists. */
export interface Change {
  readonly live: KubeObject;
  readonly next: JsonObject;
}

/** Replaces an object, or its status alone where the path says so. */
export function updateObject(context: ApiContext, kind: Kind, change: Change, options: WriteOptions): Written {
  const { live } = change;
  const prepared = prepareUpdate(context, kind, change, options);
  const recorded = recordUpdate(kind.schema, { live, next: prepared.next }, options.writer);
  const version = stringOf(valueAt(change.next, "metadata", "resourceVersion"));
  if (version !== "" && version !== live.metadata.resourceVersion) throw modified(kind, live.metadata.name);
  return commit(context, kind, { live, next: recorded, warnings: prepared.warnings, dryRun: options.dryRun });
}

function prepareUpdate(context: ApiContext, kind: Kind, { live, next }: Change, options: WriteOptions) {
  const { kept, warnings } = checked(kind, next, options);
  const uid = stringOf(valueAt(kept, "metadata", "uid"));
  if (uid !== "" && uid !== live.metadata.uid) {
    throw conflict(kind, live.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`);
  }
  const part = partOf(kind, { live, next: kept }, options.writer.subresource);
  const whole = withServerMetadata(part, live);
  const defaulted = withDefaults(kind, whole);
  const admitted = admitUpdate(context, kind, { live, next: defaulted });
  refuseInvalid(kind, admitted, live);
  return { next: withGeneration(kind, admitted, live), warnings };
}

/** The object with only that part changed which the path addresses. */
function partOf(kind: Kind, { live, next }: { live: KubeObject; next: JsonObject }, subresource: string): JsonObject {
  if (subresource === "status") return { ...live, status: next["status"] };
  if (!kind.subresources.includes("status")) return next;
  const { status: _status, ...rest } = next;
  return live["status"] === undefined ? rest : { ...rest, status: live["status"] };
}

interface Commit {
  readonly live: KubeObject;
  readonly next: JsonObject;
  readonly warnings: readonly string[];
  readonly dryRun: boolean;
}

function commit(context: ApiContext, kind: Kind, { live, next, warnings, dryRun }: Commit): Written {
  const { resourceVersion: _version, ...metadata } = objectOf(next["metadata"]);
  const object = { ...next, metadata: { ...metadata, resourceVersion: live.metadata.resourceVersion } };
  if (dryRun) return { object: asStored(object), created: false, warnings };
  const finished = live.metadata.deletionTimestamp !== undefined && stringsOf(metadata["finalizers"]).length === 0;
  const resource = resourceOf(kind);
  const written = context.store.update(resource, asInput(object));
  if (!written.ok) throw written.error.code === "not-found" ? notFound(kind, live.metadata.name) : modified(kind, live.metadata.name);
  const { namespace, name } = live.metadata;
  if (finished && stringsOf(live.metadata.finalizers).length > 0 && resource !== "namespaces") context.store.delete({ resource, namespace, name });
  return { object: written.value, created: false, warnings };
}

/** Server-side apply: creates or merges, keeping the books of field ownership. */
export function applyObject(context: ApiContext, kind: Kind, call: { request: ApiRequest; path: ResourcePath }, options: WriteOptions): Written {
  const body = bodyObject(kind, call);
  const metadata = objectOf(body["metadata"]);
  if (call.request.query.get("fieldManager") === null) throw badRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
  if (metadata["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
  const { kept: applied, warnings } = checked(kind, body, options);
  const name = stringOf(metadata["name"]);
  const live = context.store.get({ resource: resourceOf(kind), namespace: namespaceOf(kind, stringOf(metadata["namespace"])), name });
  if (!live && (stringOf(metadata["uid"]) !== "" || call.path.subresource !== "")) throw notFound(kind, name);
  const force = isTrue(call.request.query.get("force"));
  const from = live ?? { apiVersion: apiVersionOf(kind), kind: kind.kind };
  const part = call.path.subresource === "status" ? withoutAllBut(applied, "status") : withoutStatus(kind, applied);
  const result = applyConfiguration(kind.schema, { live: from, applied: part, force }, options.writer);
  if ("conflicts" in result) throw ownershipConflict(result.conflicts);
  return live
    ? saveApplied(context, kind, { live, next: result.object, warnings, dryRun: options.dryRun }, options)
    : createApplied(context, kind, { next: result.object, warnings }, options);
}

const withoutAllBut = (object: JsonObject, field: string): JsonObject => {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, metadata: { name: valueAt(metadata, "name") }, [field]: object[field] };
};

function withoutStatus(kind: Kind, object: JsonObject): JsonObject {
  if (!kind.subresources.includes("status")) return object;
  const { status: _status, ...rest } = object;
  return rest;
}

function saveApplied(context: ApiContext, kind: Kind, commitment: Commit, options: WriteOptions): Written {
  const { live, next } = commitment;
  const { managedFields } = objectOf(next["metadata"]);
  const version = stringOf(valueAt(next, "metadata", "resourceVersion"));
  if (version !== live.metadata.resourceVersion) throw modified(kind, live.metadata.name);
  const prepared = prepareUpdate(context, kind, { live, next }, { ...options, fieldValidation: "Ignore" });
  const object = { ...prepared.next, metadata: { ...objectOf(prepared.next["metadata"]), managedFields } };
  return commit(context, kind, { ...commitment, next: object });
}

function createApplied(context: ApiContext, kind: Kind, { next, warnings }: Pick<Commit, "next" | "warnings">, options: WriteOptions): Written {
  const { managedFields } = objectOf(next["metadata"]);
  const { kept } = checked(kind, next, { fieldValidation: "Ignore" });
  const candidate = admitCreate(context, kind, withDefaults(kind, withServerMetadata(kept, undefined)));
  refuseInvalid(kind, candidate, undefined);
  const generated = initialStatus(kind, withGeneration(kind, candidate, undefined));
  const object = { ...generated, metadata: { ...objectOf(generated["metadata"]), managedFields } };
  if (options.dryRun) return { object: unsaved(object, context), created: true, warnings };
  const stored = context.store.create(resourceOf(kind), asInput(object));
  if (!stored.ok) throw alreadyExists(kind, stringOf(valueAt(object, "metadata", "name")));
  return { object: stored.value, created: true, warnings };
}

function ownershipConflict(conflicts: readonly OwnershipConflict[]): ApiError {
  const causes = conflicts.map(({ manager, operation, path }): Cause => {
    const using = operation === "Update" ? " using " : " ";
    return { reason: "FieldManagerConflict", message: `conflict with "${manager}"${using.trimEnd()}`, field: fieldText(path) };
  });
  const managers = [...new Set(causes.map(({ message }) => message))].join(", ");
  const fields = causes.map(({ field }) => `- ${field}`).join("\n");
  const count = causes.length === 1 ? "1 conflict" : `${causes.length} conflicts`;
  return new ApiError(409, "Conflict", `Apply failed with ${count}: ${managers}:\n${fields}`, { causes });
}

/** A path as kubectl shows it: `.spec.template.spec.containers[name="web"].image`. */
function fieldText(path: readonly string[]): string {
  return path
    .map((segment) => {
      if (segment.startsWith("f:")) return `.${segment.slice(2)}`;
      if (segment.startsWith("v:")) return `[=${segment.slice(2)}]`;
      const keys = Object.entries(objectOf(JSON.parse(segment.slice(2))));
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}
