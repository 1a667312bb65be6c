import { objectOf, stringOf, valueAt, type JsonObject } from "../../json";
import type { KubeObject } from "../../store/types";
import { tieredResources } from "../admission/calico-kinds";
import { authorize, authorizeRbac } from "../authorize";
import { authorizeTier } from "../calico-tiers";
import type { ApiContext, Target } from "../context";
import { apiVersionOf, resourceOf, type Kind } from "../kinds";
import { applyConfiguration, type OwnershipConflict } from "../patch/managed-fields";
import { namespaceOf } from "../read";
import { isTrue } from "../request";
import { ApiError, badRequest, conflict, notFound, type Cause } from "../status";
import { completed, storeNew, withoutStatus } from "./create";
import { bodyObject, type Call, type WriteOptions, type Written } from "./options";
import { fitted, nameOf } from "./steps";
import { checkVersion, commit, prepareUpdate } from "./update";

/** Server-side apply: creates or merges, keeping the books of field ownership. */
export function applyObject(target: Target, call: Call, options: WriteOptions): Written {
  const { context, kind } = target;
  const body = bodyObject(kind, call);
  refuseUnapplicable(call, body);
  const { kept, warnings } = fitted(kind, body, { ...options, extent: "part" });
  const live = liveObject(context, kind, body);
  if (!live && (call.path.subresource !== "" || cannotCreate(kind))) throw notFound(kind, nameOf(body));
  const uid = stringOf(valueAt(body, "metadata", "uid"));
  if (!live && uid !== "") {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(kind, nameOf(body), why);
  }
  const applied = call.path.subresource === "status" ? statusAlone(kept) : withoutStatus(kind, kept);
  const from = live ?? { apiVersion: apiVersionOf(kind), kind: kind.kind };
  const force = isTrue(call.request.query.get("force"));
  const result = applyConfiguration(kind.schema, { live: from, applied, force }, options.writer);
  if ("conflicts" in result) throw ownershipConflict(result.conflicts);
  authorizeApply(target, { call, live, next: result.object });
  const merged = { next: result.object, warnings };
  return live ? saveApplied(target, { ...merged, live }, options) : createApplied(target, merged, options);
}

/** Calico's own API server, before 3.32, looks for the policy that it is to create (projectcalico/calico#12841). */
function cannotCreate(kind: Kind): boolean {
  return kind.origin === "calico-server" && tieredResources.includes(kind.plural);
}

/** Who creates by applying needs the right to create, too. */
function authorizeApply(
  { context, kind }: Target,
  { call, live, next }: { call: Call; live: KubeObject | undefined; next: JsonObject },
): void {
  const { identity } = call.request;
  const { group, plural: resource, namespace, name } = call.path;
  const verb = live ? "patch" : "create";
  if (!live)
    authorize(context, identity, { kind: "resource", verb, group, resource, subresource: "", namespace, name });
  authorizeRbac({ context, kind }, identity, next);
  authorizeTier(context, kind, { identity, verb, name, live, next });
}

function refuseUnapplicable({ request }: Call, body: JsonObject): void {
  if (request.query.get("fieldManager") === null) {
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const managed = valueAt(body, "metadata", "managedFields");
  if (managed !== undefined && managed !== null) throw badRequest("metadata.managedFields must be nil");
}

function liveObject(context: ApiContext, kind: Kind, body: JsonObject): KubeObject | undefined {
  const namespace = namespaceOf(kind, stringOf(valueAt(body, "metadata", "namespace")));
  return context.store.get({ resource: resourceOf(kind), namespace, name: nameOf(body) });
}

function statusAlone({ apiVersion, kind, metadata, status }: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name: valueAt(metadata, "name") }, status };
}

interface Merged {
  readonly next: JsonObject;
  readonly warnings: readonly string[];
}

const withManagers = (object: JsonObject, from: JsonObject): JsonObject => {
  const managedFields = valueAt(from, "metadata", "managedFields");
  return { ...object, metadata: { ...objectOf(object["metadata"]), managedFields } };
};

function saveApplied(
  target: Target,
  { live, next, warnings }: Merged & { readonly live: KubeObject },
  options: WriteOptions,
): Written {
  checkVersion(target.kind, live, next);
  const { object } = prepareUpdate(target, { live, next }, { ...options, fieldValidation: "Ignore" });
  return commit(target, { live, next: withManagers(object, next), warnings, dryRun: options.dryRun });
}

function createApplied(target: Target, { next, warnings }: Merged, options: WriteOptions): Written {
  const { context, kind } = target;
  const { kept } = fitted(kind, next, { fieldValidation: "Ignore", extent: "whole" });
  return storeNew(target, { object: withManagers(completed(context, kind, kept), next), warnings }, options);
}

function ownershipConflict(conflicts: readonly OwnershipConflict[]): ApiError {
  const causes = conflicts.map(({ manager, operation, apiVersion, path }): Cause => ({
    reason: "FieldManagerConflict",
    message: `conflict with "${manager}"${operation === "Update" ? ` using ${apiVersion}` : ""}`,
    field: fieldText(path),
  }));
  return new ApiError({ code: 409, reason: "Conflict" }, `Apply failed with ${conflictText(causes)}`, { causes });
}

function conflictText(causes: readonly Cause[]): string {
  const [only, ...more] = causes;
  if (only && more.length === 0) return `1 conflict: ${only.message}: ${only.field}`;
  const managers = [...new Set(causes.map(({ message }) => message))];
  const groups = managers.map((manager) => {
    const fields = causes.filter(({ message }) => message === manager).map(({ field }) => `- ${field}`);
    return `${manager.replace("conflict with", "conflicts with")}:\n${fields.join("\n")}`;
  });
  return `${causes.length} conflicts: ${groups.join("\n")}`;
}

/** A path as kubectl shows it: `.spec.template.spec.containers[name="web"].image`. */
function fieldText(path: readonly string[]): string {
  return path.map(segmentText).join("");
}

function segmentText(segment: string): string {
  const rest = segment.slice(2);
  if (segment.startsWith("f:")) return `.${rest}`;
  if (segment.startsWith("v:")) return `[=${rest}]`;
  const keys = Object.entries(objectOf(JSON.parse(rest)));
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
}
