import { compareBytes } from "../text/order";
import { sha256Hex } from "../text/encode";
import type { JsonObject, JsonValue } from "./json";

const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

/** The same value with the keys of every object in the order of their UTF-8 bytes. */
export function canonicalize(value: JsonValue): JsonValue {
  if (isArray(value)) return value.map(canonicalize);
  if (typeof value !== "object" || value === null) return value;
  return canonicalizeObject(value);
}

/** `canonicalize` for an object. */
export function canonicalizeObject(value: JsonObject): JsonObject {
  const entries = Object.entries(value).map(([key, inner]) => [key, canonicalize(inner)] as const);
  // INVARIANT: keys that look like array indices come first in every JavaScript object, whatever their insertion order;
  // canonicalJson writes the text itself and does not rely on the order of keys.
  return Object.fromEntries(entries.sort(([a], [b]) => compareBytes(a, b)));
}

/** Canonical JSON: keys sorted by their UTF-8 bytes, no spaces. */
export function canonicalJson(value: JsonValue): string {
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort(compareBytes);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(",")}}`;
}

/** Hex SHA-256 of the canonical JSON, the content hash of resources on the link. */
export const contentHash = (value: JsonValue): string => sha256Hex(canonicalJson(value));
