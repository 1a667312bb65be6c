import { isObject, type JsonObject } from "../../json";
import type { Cause } from "../status";
import type { ArraySchema, NumberSchema, ObjectSchema, Schema, StringSchema } from "./types";

/** An object held against its schema: what remains without unknown fields and nulls, and what is wrong. */
export interface Checked {
  readonly object: JsonObject;
  readonly unknown: readonly string[];
  readonly causes: readonly Cause[];
}

interface Findings {
  readonly unknown: string[];
  readonly causes: Cause[];
}

/** Holds `value` against `schema`. */
export function checkShape(schema: ObjectSchema, value: JsonObject): Checked {
  const findings: Findings = { unknown: [], causes: [] };
  const object = checkObject(schema, value, { path: "", findings });
  return { object, ...findings };
}

interface At {
  readonly path: string;
  readonly findings: Findings;
}

const inside = (at: At, field: string): At => ({ ...at, path: at.path === "" ? field : `${at.path}.${field}` });

function report(at: At, reason: Cause["reason"], message: string): void {
  at.findings.causes.push({ reason, message, field: at.path === "" ? "<root>" : at.path });
}

/** A value as Kubernetes shows it in a message. */
export function shown(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}

function wrongType(at: At, value: unknown, wanted: string): unknown {
  const found = Array.isArray(value) ? "array" : typeof value;
  report(
    at,
    "FieldValueTypeInvalid",
    `Invalid value: ${shown(found)}: ${at.path} in body must be of type ${wanted}: ${shown(found)}`,
  );
  return value;
}

function check(schema: Schema, value: unknown, at: At): unknown {
  switch (schema.type) {
    case "any":
      return value;
    case "string":
      return typeof value === "string" ? checkString(schema, value, at) : wrongType(at, value, "string");
    case "integer":
    case "number":
      return typeof value === "number" ? checkNumber(schema, value, at) : wrongType(at, value, schema.type);
    case "boolean":
      return typeof value === "boolean" ? value : wrongType(at, value, "boolean");
    case "int-or-string":
    case "quantity":
      return typeof value === "string" || typeof value === "number" ? value : wrongType(at, value, "string");
    case "map":
      return isObject(value) ? checkMap(schema.values, value, at) : wrongType(at, value, "object");
    case "object":
      return isObject(value) ? checkObject(schema, value, at) : wrongType(at, value, "object");
    case "array":
      return Array.isArray(value) ? checkArray(schema, value, at) : wrongType(at, value, "array");
  }
}

function checkString(schema: StringSchema, value: string, at: At): string {
  if (schema.enum && !schema.enum.includes(value)) {
    const known = schema.enum.map((item) => `"${item}"`).join(", ");
    report(at, "FieldValueNotSupported", `Unsupported value: ${shown(value)}: supported values: ${known}`);
  }
  if (schema.maxLength !== undefined && value.length > schema.maxLength) {
    report(at, "FieldValueTooLong", `Too long: may not be more than ${schema.maxLength} bytes`);
  }
  if (schema.format === "date-time" && Number.isNaN(Date.parse(value))) {
    report(at, "FieldValueInvalid", `Invalid value: ${shown(value)}: must be a date-time`);
  }
  if (schema.format === "micro-time" && !isMicroTime(value)) {
    report(at, "FieldValueInvalid", `Invalid value: ${shown(value)}: must be a time with six digits of a second`);
  }
  if (schema.format === "byte" && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) {
    report(at, "FieldValueInvalid", `Invalid value: illegal base64 data`);
  }
  return value;
}

/** As Kubernetes reads it: the layout of its MicroTime wants all six digits. */
function isMicroTime(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value));
}

function checkNumber(schema: NumberSchema, value: number, at: At): number {
  if (schema.type === "integer" && !Number.isInteger(value)) wrongType(at, value, "integer");
  if (schema.minimum !== undefined && value < schema.minimum) {
    report(
      at,
      "FieldValueInvalid",
      `Invalid value: ${value}: ${at.path} in body should be greater than or equal to ${schema.minimum}`,
    );
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    report(
      at,
      "FieldValueInvalid",
      `Invalid value: ${value}: ${at.path} in body should be less than or equal to ${schema.maximum}`,
    );
  }
  return value;
}

function checkMap(values: Schema, map: JsonObject, at: At): JsonObject {
  const entries = Object.entries(map).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, check(values, value, inside(at, name))]));
}

function checkObject(schema: ObjectSchema, value: JsonObject, at: At): JsonObject {
  const kept: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
    if (!field) at.findings.unknown.push(inside(at, name).path);
    else if (item !== null && item !== undefined) kept[name] = check(field, item, inside(at, name));
  }
  for (const name of schema.required) {
    if (kept[name] === undefined) report(inside(at, name), "FieldValueRequired", "Required value");
  }
  checkCount(schema, Object.keys(kept).length, at);
  return kept;
}

function checkCount({ minProperties, maxProperties }: ObjectSchema, count: number, at: At): void {
  if (minProperties !== undefined && count < minProperties) {
    const why = `${at.path} in body should have at least ${minProperties} properties`;
    report(at, "FieldValueInvalid", `Invalid value: ${count}: ${why}`);
  }
  if (maxProperties !== undefined && count > maxProperties) {
    report(at, "FieldValueTooMany", `Too many: ${count}: must have at most ${maxProperties} items`);
  }
}

function checkArray(schema: ArraySchema, items: readonly unknown[], at: At): readonly unknown[] {
  if (schema.maxItems !== undefined && items.length > schema.maxItems) {
    report(at, "FieldValueTooMany", `Too many: ${items.length}: must have at most ${schema.maxItems} items`);
  }
  if (schema.minItems !== undefined && items.length < schema.minItems) {
    const why = `${at.path} in body should have at least ${schema.minItems} items`;
    report(at, "FieldValueInvalid", `Invalid value: ${items.length}: ${why}`);
  }
  const checked = items.map((item, index) => check(schema.items, item, { ...at, path: `${at.path}[${index}]` }));
  reportDuplicates(schema, checked, at);
  return checked;
}

function reportDuplicates(schema: ArraySchema, items: readonly unknown[], at: At): void {
  if (schema.list === "atomic") return;
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const identity = schema.list === "set" ? shown(item) : itemKey(schema, item);
    const here = { ...at, path: `${at.path}[${index}]` };
    if (seen.has(identity)) report(here, "FieldValueDuplicate", `Duplicate value: ${identity}`);
    seen.add(identity);
  });
}

/** The key fields of an item of a list of kind `map`, as canonical JSON; a protocol that is left out is TCP. */
export function itemKey(schema: ArraySchema, item: unknown): string {
  const fields = isObject(item) ? item : {};
  const pairs = schema.keys.map((key) => [key, fields[key] ?? (key === "protocol" ? "TCP" : null)] as const);
  return JSON.stringify(Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
