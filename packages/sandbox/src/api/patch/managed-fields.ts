import { isDeepStrictEqual } from "node:util";
import { isObject, objectOf, objectsOf, stringOf, type JsonObject } from "../../json";
import type { ArraySchema, ObjectSchema, Schema } from "../schema/types";
import { itemKey } from "../schema/check";
import {
  fieldAt,
  fieldsOf,
  fromFieldsV1,
  pathKey,
  toFieldsV1,
  withoutField,
  type FieldPath,
  type FieldSet,
} from "./field-set";

/** One entry of `metadata.managedFields`. */
interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly subresource: string;
  readonly apiVersion: string;
  readonly time: string;
  readonly fields: FieldSet;
}

/** Who writes, and when. */
export interface Writer {
  readonly manager: string;
  readonly subresource: string;
  readonly apiVersion: string;
  /** RFC 3339. */
  readonly time: string;
}

/** A field that an apply would take from another manager. */
export interface OwnershipConflict {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly path: FieldPath;
}

/** An apply that went through, or the managers it collides with. */
export type Applied = { readonly object: JsonObject } | { readonly conflicts: readonly OwnershipConflict[] };

function managersOf(object: JsonObject): readonly Manager[] {
  return objectsOf(objectOf(object["metadata"])["managedFields"]).map((entry) => ({
    name: stringOf(entry["manager"]),
    operation: entry["operation"] === "Apply" ? "Apply" : "Update",
    subresource: stringOf(entry["subresource"]),
    apiVersion: stringOf(entry["apiVersion"]),
    time: stringOf(entry["time"]),
    fields: fromFieldsV1(entry["fieldsV1"]),
  }));
}

function withManagers(object: JsonObject, managers: readonly Manager[]): JsonObject {
  const managedFields = managers
    .filter(({ fields }) => fields.size > 0)
    .map(({ name, operation, subresource, apiVersion, time, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      time,
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(fields),
      ...(subresource === "" ? {} : { subresource }),
    }));
  return { ...object, metadata: { ...objectOf(object["metadata"]), managedFields } };
}

const ownedMetadata = ["labels", "annotations", "finalizers", "ownerReferences"];

/** The part of an object that managers own. */
function ownable(object: JsonObject): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const kept = Object.entries(objectOf(metadata)).filter(([name]) => ownedMetadata.includes(name));
  return kept.length === 0 ? rest : { metadata: Object.fromEntries(kept), ...rest };
}

function same(manager: Manager, writer: Writer, operation: Manager["operation"]): boolean {
  return (
    manager.name === writer.manager && manager.subresource === writer.subresource && manager.operation === operation
  );
}

const filterFields = (fields: FieldSet, keep: (key: string) => boolean): FieldSet =>
  new Map([...fields].filter(([key]) => keep(key)));

/** Notes in `next` which fields `writer` changed against `live` by an update, a patch or a creation. */
export function recordUpdate(
  schema: ObjectSchema,
  change: { live: JsonObject; next: JsonObject },
  writer: Writer,
): JsonObject {
  const before = ownable(change.live);
  const after = ownable(change.next);
  const present = fieldsOf(schema, after);
  // Most changes leave most of an object alone: what is equal as a whole is not compared field by field.
  const touched = new Set(Object.keys(after).filter((name) => !isDeepStrictEqual(before[name], after[name])));
  const changed = filterFields(present, (key) => {
    const path = present.get(key) ?? [];
    if (!touched.has(path[0]?.slice(2) ?? "")) return false;
    return !isDeepStrictEqual(fieldAt(before, path), fieldAt(after, path)) && isLeaf(path, present, before);
  });
  const managers = managersOf(change.live);
  const others = managers.filter((manager) => !same(manager, writer, "Update"));
  const mine = managers.find((manager) => same(manager, writer, "Update"));
  const trimmed = others.map((manager) => ({
    ...manager,
    fields: filterFields(manager.fields, (key) => present.has(key) && !changed.has(key)),
  }));
  const kept = filterFields(mine?.fields ?? new Map(), (key) => present.has(key));
  const fields = new Map([...kept, ...changed]);
  const time = changed.size > 0 ? writer.time : (mine?.time ?? writer.time);
  const entry: Manager = { ...writer, name: writer.manager, operation: "Update", time, fields };
  return withManagers(change.next, [...trimmed, entry]);
}

/** An item of a list is changed by itself only where it is new; its fields speak for the rest. */
function isLeaf(path: FieldPath, present: FieldSet, before: JsonObject): boolean {
  if (!path.at(-1)?.startsWith("k:")) return true;
  const prefix = `${pathKey(path)}\u0001`;
  const hasFields = [...present.keys()].some((key) => key.startsWith(prefix));
  return !hasFields || fieldAt(before, path) === undefined;
}

/** Server-side apply: merges `applied` into `live` and keeps the books of who owns which field. */
export function applyConfiguration(
  schema: ObjectSchema,
  change: { readonly live: JsonObject; readonly applied: JsonObject; readonly force: boolean },
  writer: Writer,
): Applied {
  const applied = ownable(change.applied);
  const wanted = fieldsOf(schema, applied);
  const managers = managersOf(change.live);
  const others = managers.filter((manager) => !same(manager, writer, "Apply"));
  const mine = managers.find((manager) => same(manager, writer, "Apply"));
  const conflicts = others.flatMap((manager) => conflictsWith(manager, { live: change.live, applied, wanted }));
  if (conflicts.length > 0 && !change.force) return { conflicts };
  const taken = new Set(conflicts.map(({ path }) => pathKey(path)));
  const left = others.map((manager) => ({
    ...manager,
    fields: filterFields(manager.fields, (key) => !taken.has(key)),
  }));
  const given = filterFields(mine?.fields ?? new Map(), (key) => !wanted.has(key) && !ownedBy(left, key));
  const pruned = [...given.values()].reduce<unknown>((object, path) => withoutField(object, path), change.live);
  const merged = objectOf(mergeValue(schema, pruned, change.applied));
  const unchanged =
    mine !== undefined && isDeepStrictEqual([...mine.fields.keys()].toSorted(), [...wanted.keys()].toSorted());
  const entry: Manager = {
    ...writer,
    name: writer.manager,
    operation: "Apply",
    time:
      unchanged && taken.size === 0 && isDeepStrictEqual(ownable(merged), ownable(change.live))
        ? mine.time
        : writer.time,
    fields: wanted,
  };
  return { object: withManagers(merged, [...left, entry]) };
}

function conflictsWith(
  manager: Manager,
  { live, applied, wanted }: { live: JsonObject; applied: JsonObject; wanted: FieldSet },
): readonly OwnershipConflict[] {
  return [...manager.fields]
    .filter(([key, path]) => wanted.has(key) && !path.at(-1)?.startsWith("k:"))
    .filter(([, path]) => !isDeepStrictEqual(fieldAt(live, path), fieldAt(applied, path)))
    .map(([, path]) => ({ manager: manager.name, operation: manager.operation, apiVersion: manager.apiVersion, path }));
}

/** Whether one of `managers` owns the field or one inside it. */
function ownedBy(managers: readonly Manager[], key: string): boolean {
  return managers.some(
    ({ fields }) => fields.has(key) || [...fields.keys()].some((other) => other.startsWith(`${key}\u0001`)),
  );
}

function mergeValue(schema: Schema, live: unknown, applied: unknown): unknown {
  if (schema.type === "object" && schema.atomic !== true && isObject(applied)) {
    return mergeFields(live, applied, (name) => schema.fields[name] ?? { type: "any" });
  }
  if (schema.type === "map" && isObject(applied)) return mergeFields(live, applied, () => schema.values);
  if (schema.type === "array" && Array.isArray(applied) && Array.isArray(live)) return mergeList(schema, live, applied);
  return applied;
}

function mergeFields(live: unknown, applied: JsonObject, schemaOf: (name: string) => Schema): JsonObject {
  const result: Record<string, unknown> = { ...objectOf(live) };
  for (const [name, value] of Object.entries(applied)) {
    if (value !== null) result[name] = mergeValue(schemaOf(name), result[name], value);
  }
  return result;
}

function mergeList(schema: ArraySchema, live: readonly unknown[], applied: readonly unknown[]): readonly unknown[] {
  if (schema.list === "atomic") return applied;
  if (schema.list === "set") return [...new Set([...live, ...applied])];
  return applied.reduce<readonly unknown[]>((items, item) => {
    const key = itemKey(schema, item);
    const index = items.findIndex((other) => itemKey(schema, other) === key);
    return index < 0 ? [...items, item] : items.with(index, mergeValue(schema.items, items[index], item));
  }, live);
}
