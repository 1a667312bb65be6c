/** A JSON object whose fields are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object, `{}` where it is anything else. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The value as an array, `[]` where it is anything else. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of an array; what is no object is left out. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return arrayOf(value).filter(isObject);
}

/** The value as a string, `""` where it is anything else. */
export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The strings of an array; what is no string is left out. */
export function stringsOf(value: unknown): readonly string[] {
  return arrayOf(value).filter((item) => typeof item === "string");
}

/** The value as a number, `fallback` where it is anything else. */
export function numberOf(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}

/** The string values of an object, as labels are. */
export function stringMapOf(value: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries(objectOf(value)).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(pairs);
}

/** The value at a path of field names, `undefined` where the path ends early. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, field) => (isObject(at) ? at[field] : undefined), value);
}
