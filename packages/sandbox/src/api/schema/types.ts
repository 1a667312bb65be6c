/**
 * The shape of a kind. One description serves validation and pruning, OpenAPI, strategic merge patch (`patchKey`) and
 * server-side apply (`list`, `keys`, `atomic`).
 */
export type Schema =
  | StringSchema
  | NumberSchema
  | { readonly type: "boolean" }
  | { readonly type: "int-or-string" }
  | { readonly type: "quantity" }
  | { readonly type: "any" }
  | { readonly type: "map"; readonly values: Schema }
  | ArraySchema
  | ObjectSchema;

export interface StringSchema {
  readonly type: "string";
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly format?: "date-time" | "micro-time" | "byte";
}

export interface NumberSchema {
  readonly type: "integer" | "number";
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface ArraySchema {
  readonly type: "array";
  readonly items: Schema;
  readonly list: "atomic" | "set" | "map";
  /** For `map`: the fields that tell items apart in server-side apply. */
  readonly keys: readonly string[];
  /** The field that tells items apart in a strategic merge patch. */
  readonly patchKey?: string;
  /** Whether a strategic merge patch adds to a set; otherwise it replaces the list. */
  readonly patchMerges?: boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface ObjectSchema {
  readonly type: "object";
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
  /** How many fields may be set; where both are 1, the fields exclude each other. */
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** Owned and replaced as a whole, as a label selector is. */
  readonly atomic?: boolean;
  /** A strategic merge patch keeps only the fields that it names in `$retainKeys`. */
  readonly retainKeys?: boolean;
}

export const text: StringSchema = { type: "string" };
export const time: StringSchema = { type: "string", format: "date-time" };
/** `MicroTime`: RFC 3339 with exactly six digits of a second. */
export const microTime: StringSchema = { type: "string", format: "micro-time" };
export const bytes: StringSchema = { type: "string", format: "byte" };
export const integer: NumberSchema = { type: "integer" };
export const decimal: NumberSchema = { type: "number" };
export const flag: Schema = { type: "boolean" };
export const intOrString: Schema = { type: "int-or-string" };
export const quantity: Schema = { type: "quantity" };
/** Any JSON, kept as it is. */
export const anything: Schema = { type: "any" };

export function oneOf(...values: readonly string[]): StringSchema {
  return { type: "string", enum: values };
}

export function mapOf(values: Schema): Schema {
  return { type: "map", values };
}

/** A list that is replaced as a whole. */
export function listOf(items: Schema, maxItems?: number): ArraySchema {
  const list: ArraySchema = { type: "array", items, list: "atomic", keys: [] };
  return maxItems === undefined ? list : { ...list, maxItems };
}

/** A list of distinct scalars, each owned by itself. */
export function setOf(items: Schema, maxItems?: number): ArraySchema {
  return { ...listOf(items, maxItems), list: "set" };
}

/** A set that a strategic merge patch adds to. */
export function mergedSetOf(items: Schema): ArraySchema {
  return { ...setOf(items), patchMerges: true };
}

/** A list of objects that are told apart by `keys`; a strategic merge patch uses the first of them. */
export function listBy(keys: readonly string[], items: Schema): ArraySchema {
  const [patchKey] = keys;
  const list: ArraySchema = { type: "array", items, list: "map", keys };
  return patchKey === undefined ? list : { ...list, patchKey };
}

/** An object; a field whose name ends in `!` is required. */
export function object(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  const entries = Object.entries(fields);
  const required = entries.filter(([name]) => name.endsWith("!")).map(([name]) => name.slice(0, -1));
  const bare = entries.map(([name, schema]) => [name.replace(/!$/, ""), schema] as const);
  return { type: "object", fields: Object.fromEntries(bare), required };
}

/** An object of which exactly one field is set. */
export function oneFieldOf(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return { ...object(fields), minProperties: 1, maxProperties: 1 };
}

/** A list with at least one item. */
export function someOf(items: Schema, maxItems: number): ArraySchema {
  return { ...listOf(items, maxItems), minItems: 1 };
}

/** An object that is owned and replaced as a whole. */
export function atomicObject(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return { ...object(fields), atomic: true };
}

export const strings = listOf(text);
export const stringMap = mapOf(text);
