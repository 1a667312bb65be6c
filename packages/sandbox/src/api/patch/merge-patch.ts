import { isObject, type JsonObject } from "../../json";

/** Applies a JSON Merge Patch (RFC 7386). */
export function applyMergePatch(target: unknown, patch: JsonObject): JsonObject {
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = isObject(value) ? applyMergePatch(result[name], value) : value;
  }
  return result;
}
