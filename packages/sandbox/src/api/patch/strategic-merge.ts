import { arrayOf, isObject, objectOf, stringsOf, type JsonObject } from "../../json";
import type { ArraySchema, Schema } from "../schema/types";

/**
 * Applies a strategic merge patch: as a merge patch, but lists of objects that have a key are merged item by item, and
 * `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are obeyed (Kubernetes' "strategic
 * merge patch" document).
 */
export function applyStrategicMerge(schema: Schema, target: unknown, patch: JsonObject): JsonObject {
  if (patch["$patch"] === "replace") return withoutDirectives(patch);
  if (patch["$patch"] === "delete") return {};
  const result = retained(patch, { ...objectOf(target) });
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$")) continue;
    if (value === null) delete result[name];
    else result[name] = mergeField(fieldOf(schema, name), result[name], value);
  }
  for (const [name, value] of Object.entries(patch)) applyDirective(schema, result, { name, value });
  return result;
}

function mergeField(schema: Schema, target: unknown, value: unknown): unknown {
  if (isObject(value)) return applyStrategicMerge(schema, target, value);
  if (!Array.isArray(value)) return value;
  if (schema.type !== "array") return value;
  if (schema.patchKey !== undefined) return mergeItems(schema, arrayOf(target), value);
  if (schema.patchMerges === true) return [...new Set([...arrayOf(target), ...value])];
  return value;
}

function fieldOf(schema: Schema, name: string): Schema {
  if (schema.type === "object") return schema.fields[name] ?? { type: "any" };
  return schema.type === "map" ? schema.values : { type: "any" };
}

function mergeItems(schema: ArraySchema, target: readonly unknown[], patches: readonly unknown[]): readonly unknown[] {
  const key = schema.patchKey ?? "";
  if (patches.some((patch) => objectOf(patch)["$patch"] === "replace")) {
    return patches
      .filter((patch) => objectOf(patch)["$patch"] !== "replace")
      .map((patch) => withoutDirectives(objectOf(patch)));
  }
  return patches.map(objectOf).reduce<readonly unknown[]>((items, patch) => {
    const index = items.findIndex((item) => objectOf(item)[key] === patch[key]);
    if (patch["$patch"] === "delete") return index < 0 ? items : items.toSpliced(index, 1);
    const merged = applyStrategicMerge(schema.items, items[index], patch);
    return index < 0 ? [...items, merged] : items.with(index, merged);
  }, target);
}

function retained(patch: JsonObject, target: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(patch["$retainKeys"])) return target;
  const keys = stringsOf(patch["$retainKeys"]);
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)));
}

interface Directive {
  readonly name: string;
  readonly value: unknown;
}

function applyDirective(schema: Schema, result: Record<string, unknown>, { name, value }: Directive): void {
  const [directive, field = ""] = name.split("/");
  if (directive === "$deleteFromPrimitiveList") {
    const gone = arrayOf(value);
    result[field] = arrayOf(result[field]).filter((item) => !gone.includes(item));
  }
  const list = fieldOf(schema, field);
  if (directive === "$setElementOrder" && list.type === "array") {
    result[field] = ordered(arrayOf(result[field]), arrayOf(value), list.patchKey);
  }
}

/** Items in the order asked for; those that the order does not name come after, as they were. */
function ordered(items: readonly unknown[], order: readonly unknown[], key: string | undefined): readonly unknown[] {
  const identity = (item: unknown) => (key === undefined ? item : objectOf(item)[key]);
  const wanted = order.map(identity);
  const place = (item: unknown) => {
    const index = wanted.indexOf(identity(item));
    return index < 0 ? wanted.length : index;
  };
  return items.toSorted((a, b) => place(a) - place(b));
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith("$")));
}
