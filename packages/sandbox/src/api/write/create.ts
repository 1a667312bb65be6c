import { objectOf, stringOf, valueAt, type JsonObject } from "../../json";
import { admitCreate } from "../admission/admit";
import { withDefaults } from "../admission/defaults";
import type { ApiContext, Target } from "../context";
import { resourceOf, type Kind } from "../kinds";
import { recordUpdate } from "../patch/managed-fields";
import { namespaceOf } from "../read";
import { alreadyExists } from "../status";
import type { WriteOptions, Written } from "./options";
import {
  asIfStored,
  asInput,
  fitted,
  nameOf,
  refuseInvalid,
  withFirstStatus,
  withGeneration,
  withServerMetadata,
} from "./steps";

/** Creates an object from what its author wrote. */
export function createObject(target: Target, given: JsonObject, options: WriteOptions): Written {
  const { context, kind } = target;
  const { kept, warnings } = fitted(kind, withoutStatus(kind, named(target, given)), { ...options, extent: "whole" });
  const candidate = completed(context, kind, kept);
  const live = { apiVersion: candidate["apiVersion"], kind: candidate["kind"] };
  return storeNew(
    target,
    { object: recordUpdate(kind.schema, { live, next: candidate }, options.writer), warnings },
    options,
  );
}

/** The object with defaults and admission's additions, found to be valid. */
export function completed(context: ApiContext, kind: Kind, kept: JsonObject): JsonObject {
  const candidate = admitCreate(context, kind, withDefaults(kind, withServerMetadata(kept, undefined)));
  refuseInvalid(kind, candidate, undefined);
  return withFirstStatus(kind, withGeneration(kind, candidate, undefined));
}

/** Stores a new object, unless this is a dry run. */
export function storeNew(
  { context, kind }: Target,
  { object, warnings }: { object: JsonObject; warnings: readonly string[] },
  { dryRun }: Pick<WriteOptions, "dryRun">,
): Written {
  const resource = resourceOf(kind);
  const name = nameOf(object);
  const namespace = namespaceOf(kind, stringOf(valueAt(object, "metadata", "namespace")));
  if (dryRun) {
    if (context.store.get({ resource, namespace, name })) throw alreadyExists(kind, name);
    return { object: asIfStored(object, context), created: true, warnings };
  }
  const stored = context.store.create(resource, asInput(object));
  if (!stored.ok) throw alreadyExists(kind, name);
  return { object: stored.value, created: true, warnings };
}

/** Kinds with a status subresource take no status otherwise. */
export function withoutStatus(kind: Kind, object: JsonObject): JsonObject {
  if (!kind.subresources.includes("status")) return object;
  const { status: _status, ...rest } = object;
  return rest;
}

const longestPrefix = 58;
const nameAttempts = 8;

/** Completes `generateName`, with another ending where the first is taken. */
function named({ context, kind }: Target, object: JsonObject): JsonObject {
  const metadata = objectOf(object["metadata"]);
  const prefix = stringOf(metadata["generateName"]).slice(0, longestPrefix);
  if (stringOf(metadata["name"]) !== "" || prefix === "") return object;
  const namespace = namespaceOf(kind, stringOf(metadata["namespace"]));
  const resource = resourceOf(kind);
  const names = Array.from({ length: nameAttempts }, () => `${prefix}${context.randomSuffix(5)}`);
  const name = names.find((candidate) => context.store.get({ resource, namespace, name: candidate }) === undefined);
  return { ...object, metadata: { ...metadata, name: name ?? names[0] } };
}
