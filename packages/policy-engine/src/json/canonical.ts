import { compareBytes } from "../text/order";
import { sha256Hex } from "../text/encode";
import type { JsonObject, JsonValue } from "./json";

/** A list or object of which some items are written. */
interface Opened {
  readonly items: readonly JsonValue[];
  /** Absent for a list. */
  readonly keys?: readonly string[];
  at: number;
}

function opened(value: readonly JsonValue[] | JsonObject): Opened {
  if (Array.isArray(value)) return { items: value as readonly JsonValue[], at: 0 };
  const object = value as JsonObject;
  const keys = Object.keys(object).sort(compareBytes);
  return { items: keys.map((key) => object[key] ?? null), keys, at: 0 };
}

const isPlain = (value: JsonValue): value is null | boolean | number | string =>
  typeof value !== "object" || value === null;

/**
 * Canonical JSON: keys sorted by their UTF-8 bytes, no spaces. It keeps a stack of its own, so that what nests too deeply
 * for recursion is written like anything else.
 */
export function canonicalJson(value: JsonValue): string {
  if (isPlain(value)) return JSON.stringify(value);
  const pieces: string[] = [];
  const stack = [opened(value)];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { items, keys, at } = top;
    if (at === 0) pieces.push(keys ? "{" : "[");
    if (at === items.length) {
      pieces.push(keys ? "}" : "]");
      stack.pop();
      continue;
    }
    if (at > 0) pieces.push(",");
    const key = keys?.[at];
    if (key !== undefined) pieces.push(JSON.stringify(key), ":");
    const item = items[at] ?? null;
    top.at += 1;
    if (isPlain(item)) pieces.push(JSON.stringify(item));
    else stack.push(opened(item));
  }
  return pieces.join("");
}

/** The same value with the keys of every object in the order of their UTF-8 bytes. */
export const canonicalize = (value: JsonValue): JsonValue => JSON.parse(canonicalJson(value)) as JsonValue;

/**
 * `canonicalize` for an object. Keys that look like array indices come first in every JavaScript object, whatever their
 * order in the text: only `canonicalJson` gives the order of bytes for certain.
 */
export const canonicalizeObject = (value: JsonObject): JsonObject => canonicalize(value) as JsonObject;

/** Hex SHA-256 of the canonical JSON, the content hash of resources on the link. */
export const contentHash = (value: JsonValue): string => sha256Hex(canonicalJson(value));
