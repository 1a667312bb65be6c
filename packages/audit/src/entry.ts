import { contentHash, type JsonObject, type JsonValue } from "@isthmus/policy-engine";

/** Who acted. A token acts as its person. */
export interface EntryActor {
  readonly kind: string;
  readonly id: string | null;
  readonly name: string;
}

/** What an act was done to. */
export interface EntryTarget {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** What an entry of the audit log says, all of which its hash covers. */
export interface EntryContent {
  /** UTC to the millisecond, as `Date.toISOString` writes it. */
  readonly at: string;
  readonly actor: EntryActor;
  readonly action: string;
  readonly target: EntryTarget;
  readonly detail: JsonObject;
  readonly ip: string;
}

/** The place of an entry in its organisation's chain. */
export interface EntryPlace {
  /** From 1, without gaps. */
  readonly seq: number;
  /** The hash of the entry before; of the first one `CHAIN_START`. */
  readonly prev: string;
  /** `entryHash` of the content at this place, hex. */
  readonly hash: string;
}

/** An entry as it is stored and exported; those from before there was a chain have no place in it. */
export interface AuditEntry extends EntryContent {
  readonly place: EntryPlace | undefined;
}

/** What the first entry of a chain names as the hash before it. */
export const CHAIN_START = "0".repeat(64);

/** SHA-256 (hex) of the canonical JSON of an entry and its place; two stores that hold the same values agree on it. */
export function entryHash(content: EntryContent, { seq, prev }: Pick<EntryPlace, "seq" | "prev">): string {
  const { at, action, detail, ip } = content;
  const actor = { kind: content.actor.kind, id: content.actor.id, name: content.actor.name };
  const target = { kind: content.target.kind, id: content.target.id, name: content.target.name };
  return contentHash({ prev, seq, at, actor, action, target, detail, ip });
}

const NUL = String.fromCodePoint(0);
const REPLACEMENT = "\u{fffd}";

/** The text as Postgres and UTF-8 can hold it: without NUL and without halves of surrogate pairs. */
export const storableText = (text: string): string =>
  text.replaceAll(/\p{Surrogate}/gu, REPLACEMENT).replaceAll(NUL, REPLACEMENT);

function storable(value: JsonValue): JsonValue {
  if (typeof value === "string") return storableText(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(storable);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), storable(item)]));
}

/** A detail as it comes back from any store of JSON, so that its hash can be computed again from there. */
export function storableDetail(detail: unknown): JsonObject {
  const read = storable(JSON.parse(JSON.stringify(detail ?? {})) as JsonValue);
  return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as JsonObject) : { note: read };
}
