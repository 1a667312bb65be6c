import { isDeepStrictEqual } from "node:util";
import { isObject, numberOf, objectOf, stringOf, valueAt, type JsonObject } from "../../json";
import { timestamp } from "../../store/object-store";
import type { KubeInput, KubeObject } from "../../store/types";
import { validate } from "../admission/validate";
import type { ApiContext } from "../context";
import { resourceOf, type Kind } from "../kinds";
import { checkShape } from "../schema/check";
import { badRequest, invalid } from "../status";
import type { FieldValidation } from "./options";

/** The name that an object says it has. */
export function nameOf(object: JsonObject): string {
  return stringOf(valueAt(object, "metadata", "name"));
}

/** How an object is held against its shape. */
export interface ShapeOptions {
  readonly fieldValidation: FieldValidation;
  /** A part is what server-side apply sends: what it leaves out may be there already. */
  readonly extent: "whole" | "part";
}

/** The object without unknown fields, and what its writer should be warned of; 400 or 422 where it does not fit. */
export function fitted(
  kind: Kind,
  object: JsonObject,
  options: ShapeOptions,
): { kept: JsonObject; warnings: readonly string[] } {
  const { object: kept, unknown, causes } = checkShape(kind.schema, object);
  const fields = unknown.map((field) => `unknown field "${field}"`);
  if (options.fieldValidation === "Strict" && fields.length > 0) {
    const subject = `${kind.kind} in version "${kind.version}"`;
    throw badRequest(`${subject} cannot be handled as a ${kind.kind}: strict decoding error: ${fields.join(", ")}`);
  }
  const wrong = options.extent === "whole" ? causes : causes.filter(({ reason }) => reason !== "FieldValueRequired");
  if (wrong.length > 0) throw invalid(kind, nameOf(object), wrong);
  return { kept, warnings: options.fieldValidation === "Warn" ? fields : [] };
}

/** The object with the metadata that only the server sets. */
export function withServerMetadata(object: JsonObject, live: KubeObject | undefined): JsonObject {
  const { selfLink: _selfLink, managedFields: _managedFields, ...given } = objectOf(object["metadata"]);
  const fixed = {
    uid: live?.metadata.uid,
    creationTimestamp: live?.metadata.creationTimestamp,
    deletionTimestamp: live?.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: valueAt(live, "metadata", "deletionGracePeriodSeconds"),
    generation: live?.metadata.generation,
    managedFields: live?.metadata.managedFields,
  };
  const metadata = Object.entries({ ...given, ...fixed }).filter(([, value]) => value !== undefined);
  return { ...object, metadata: Object.fromEntries(metadata) };
}

/** Counts a change of anything but metadata and status, for kinds that have a generation. */
export function withGeneration(kind: Kind, object: JsonObject, live: JsonObject | undefined): JsonObject {
  if (!kind.generation) return object;
  const before = numberOf(valueAt(live, "metadata", "generation"), 0);
  const same = live !== undefined && isDeepStrictEqual(contentOf(object), contentOf(live));
  return { ...object, metadata: { ...objectOf(object["metadata"]), generation: same ? before : before + 1 } };
}

function contentOf({ metadata: _metadata, status: _status, ...content }: JsonObject): unknown {
  return withoutUndefined(content);
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([name, item]) => [name, withoutUndefined(item)]));
}

/** Refuses with 422 what the rules of the kind forbid. */
export function refuseInvalid(kind: Kind, object: JsonObject, live: JsonObject | undefined): void {
  const causes = validate(kind, { object, live });
  if (causes.length > 0) throw invalid(kind, nameOf(object), causes);
}

/** Status that an object has from its creation. */
export function withFirstStatus(kind: Kind, object: JsonObject): JsonObject {
  return resourceOf(kind) === "pods" ? { ...object, status: { phase: "Pending", qosClass: "BestEffort" } } : object;
}

/** An object of a dry run: as if it had been stored. */
export function asIfStored(object: JsonObject, context: ApiContext): KubeObject {
  const given = { uid: context.newUid(), creationTimestamp: timestamp(context.now()) };
  return asStored({ ...object, metadata: { ...given, ...objectOf(object["metadata"]) } });
}

/** INVARIANT: an object that was `fitted` has string `apiVersion`, `kind` and `metadata.name`. */
export function asStored(object: JsonObject): KubeObject {
  return object as unknown as KubeObject;
}

/** INVARIANT: as for `asStored`. */
export function asInput(object: JsonObject): KubeInput {
  return asStored(object);
}
