import { isObject, objectOf, type JsonObject } from "../../json";
import { itemKey } from "../schema/check";
import type { Schema } from "../schema/types";

/** Path to a field in the segments of `fieldsV1`: `f:<name>`, `k:{…}` for an item by key, `v:…` for an item by value. */
export type FieldPath = readonly string[];

/** Fields by path. */
export type FieldSet = ReadonlyMap<string, FieldPath>;

/** The identity of a path. */
export const pathKey = (path: FieldPath): string => path.join("\u0001");

/** The set of these paths. */
export function fieldSetOf(paths: readonly FieldPath[]): FieldSet {
  return new Map(paths.map((path) => [pathKey(path), path]));
}

/** Every field that `value` sets: leaves, and the items of lists that have keys. */
export function fieldsOf(schema: Schema, value: unknown): FieldSet {
  return fieldSetOf(walk(schema, value, []));
}

function walk(schema: Schema, value: unknown, path: FieldPath): readonly FieldPath[] {
  if (value === undefined || value === null) return [];
  if (schema.type === "object" && schema.atomic !== true && isObject(value)) {
    return walkFields(value, path, (name) => schema.fields[name] ?? { type: "any" });
  }
  if (schema.type === "map" && isObject(value)) return walkFields(value, path, () => schema.values);
  if (schema.type === "array" && schema.list === "set" && Array.isArray(value)) {
    return value.map((item) => [...path, `v:${JSON.stringify(item)}`]);
  }
  if (schema.type === "array" && schema.list === "map" && Array.isArray(value)) {
    return value.flatMap((item) => {
      const at = [...path, `k:${itemKey(schema, item)}`];
      return [at, ...walk(schema.items, item, at)];
    });
  }
  return [path];
}

function walkFields(value: JsonObject, path: FieldPath, schemaOf: (name: string) => Schema): readonly FieldPath[] {
  const entries = Object.entries(value);
  if (entries.length === 0) return path.length === 0 ? [] : [path];
  return entries.flatMap(([name, item]) => walk(schemaOf(name), item, [...path, `f:${name}`]));
}

/** The value at a path, `undefined` where there is none. */
export function fieldAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(step, value);
}

function step(at: unknown, segment: string): unknown {
  if (segment.startsWith("f:")) return isObject(at) ? at[segment.slice(2)] : undefined;
  return Array.isArray(at) ? at.find(isItem(segment)) : undefined;
}

/** Whether an item of a list is the one that a segment names. */
function isItem(segment: string): (item: unknown) => boolean {
  const wanted: unknown = JSON.parse(segment.slice(2));
  if (segment.startsWith("v:")) {
    const text = JSON.stringify(wanted);
    return (item) => JSON.stringify(item) === text;
  }
  const keys = Object.entries(objectOf(wanted));
  return (item) => {
    const fields = objectOf(item);
    return keys.every(([name, value]) => (fields[name] ?? (name === "protocol" ? "TCP" : null)) === value);
  };
}

/** `value` without the field at `path`; an object or list that becomes empty by it goes too (`undefined`). */
export function withoutField(value: unknown, path: FieldPath): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return undefined;
  if (segment.startsWith("f:")) return isObject(value) ? withoutName(value, segment.slice(2), rest) : value;
  if (!Array.isArray(value)) return value;
  const isNamed = isItem(segment);
  const left = value
    .map((item) => (isNamed(item) ? withoutField(item, rest) : item))
    .filter((item) => item !== undefined);
  return left.length === 0 && value.length > 0 ? undefined : left;
}

function withoutName(value: JsonObject, name: string, rest: FieldPath): unknown {
  if (!Object.hasOwn(value, name)) return value;
  const entries = Object.entries(value).map(
    ([field, item]) => [field, field === name ? withoutField(item, rest) : item] as const,
  );
  const left = entries.filter(([, item]) => item !== undefined);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** The set as `fieldsV1` writes it. */
export function toFieldsV1(fields: FieldSet): JsonObject {
  const root: Record<string, unknown> = {};
  for (const path of fields.values()) {
    const node = path.reduce<Record<string, unknown>>((at, segment) => {
      const child = (at[segment] ?? {}) as Record<string, unknown>;
      at[segment] = child;
      return child;
    }, root);
    node["."] = {};
  }
  return withoutLoneDots(root);
}

function withoutLoneDots(node: JsonObject): JsonObject {
  const names = Object.keys(node);
  if (names.length === 1 && names[0] === ".") return {};
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, name === "." ? {} : withoutLoneDots(objectOf(child))]),
  );
}

/** Reads `fieldsV1`. */
export function fromFieldsV1(tree: unknown): FieldSet {
  return fieldSetOf(readTree(objectOf(tree), []));
}

function readTree(node: JsonObject, path: FieldPath): readonly FieldPath[] {
  const names = Object.keys(node);
  if (names.length === 0) return path.length === 0 ? [] : [path];
  return names.flatMap((name) => (name === "." ? [path] : readTree(objectOf(node[name]), [...path, name])));
}
