import type { FieldPath, Span } from "@isthmus/policy-engine";
import { isMap, isScalar, isSeq, type Document, type Pair, type Scalar } from "yaml";
import { scalarOffsets } from "./scalar-offsets";
import type { Manifest, Place } from "./source";
import { isMergeKey, withoutAlias, yamlTree } from "./yaml-text";

/** What of a field an error points at: its name, its value, or a part of its value's text. */
export type Aim = { readonly kind: "key" } | { readonly kind: "value"; readonly span?: Span };

/** How far a path could be followed: the node, and the key that led to it where it stands in a map. */
interface Found {
  readonly node: unknown;
  readonly key?: Scalar;
  readonly whole: boolean;
}

const isKey = (key: unknown, name: string): key is Scalar => isScalar(key) && String(key.value) === name;

/** The pair of a map under a name; keys that `<<` merges in come after the map's own. */
function pairOf(node: unknown, name: string, document: Document.Parsed): Pair | undefined {
  if (!isMap(node)) return undefined;
  // The last one is what counts where a key is repeated.
  const own = node.items.findLast(({ key }) => isKey(key, name));
  if (own) return own;
  const merged = node.items.filter(({ key }) => isMergeKey(key)).map(({ value }) => withoutAlias(value, document));
  const maps = merged.flatMap((m) => (isSeq(m) ? m.items.map((item) => withoutAlias(item, document)) : [m]));
  return maps.map((map) => pairOf(map, name, document)).find((pair) => pair !== undefined);
}

function follow(document: Document.Parsed, path: FieldPath): Found {
  let found: Found = { node: document.contents, whole: true };
  for (const step of path) {
    const { node } = found;
    const pair = typeof step === "string" ? pairOf(node, step, document) : undefined;
    const item = typeof step === "number" && isSeq(node) ? node.items[step] : undefined;
    if (pair && isScalar(pair.key)) found = { node: withoutAlias(pair.value, document), key: pair.key, whole: true };
    else if (item !== undefined) found = { node: withoutAlias(item, document), whole: true };
    else return { ...found, whole: false };
  }
  return found;
}

const rangeOf = (node: unknown): readonly [number, number] | undefined => {
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
  if (!Array.isArray(range)) return undefined;
  const [start, end]: readonly unknown[] = range;
  return typeof start === "number" && typeof end === "number" ? [start, end] : undefined;
};

function spanInScalar(text: string, node: unknown, span: Span): readonly [number, number] | undefined {
  const offsets = isScalar(node) ? scalarOffsets(text, node) : undefined;
  const start = offsets?.[span.start];
  const end = offsets?.[span.end];
  return start === undefined || end === undefined ? undefined : [start, Math.max(end, start + 1)];
}

function aimAt(found: Found, aim: Aim, text: string): readonly [number, number] {
  const { node, key, whole } = found;
  const named = rangeOf(key);
  // What is missing is missed at the name of what should hold it.
  if (!whole || aim.kind === "key") return named ?? rangeOf(node) ?? [0, 0];
  const within = aim.span && spanInScalar(text, node, aim.span);
  if (within) return within;
  const value = rangeOf(node);
  return isScalar(node) && value && value[1] > value[0] ? value : (named ?? value ?? [0, 0]);
}

/** The place of a field of a manifest; of what stands nearest above it where the field is not there. */
export function placeOf(manifest: Manifest, path: FieldPath, aim: Aim = { kind: "value" }): Place {
  const { source } = manifest;
  const document = yamlTree(source, manifest.document);
  if (!document) return { source, start: 0, end: 0 };
  const whole = path.length === 0 ? ["kind"] : path;
  const found = follow(document, [...manifest.path, ...whole]);
  const [start, end] = aimAt(found, aim, source.text);
  return { source, start, end };
}
