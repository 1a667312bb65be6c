import type { InventoryUpsert } from "@isthmus/db";
import { chunkOf, refText, sha256, type ResourceState } from "@isthmus/protocol";
import { LaneRefusal } from "./lane";
import { err, ok, type Result } from "@isthmus/std";

/** Reads a reported resource; an error is a sentence for the agent's log. */
export function inventoryObject(state: ResourceState): Result<InventoryUpsert, string> {
  const { ref, uid, hash, body } = state;
  if (ref === undefined || ref.kind === "" || ref.name === "" || ref.apiVersion === "")
    return err("a resource has no name");
  if (Buffer.compare(sha256(body), hash) !== 0) return err(`the hash of ${refText(ref)} is not that of its body`);
  const text = new TextDecoder().decode(body);
  const parsed = parseObject(text);
  if (parsed === undefined) return err(`the body of ${refText(ref)} is not a JSON object`);
  const { apiVersion, kind, namespace, name } = ref;
  return ok({
    ref: { apiVersion, kind, namespace, name },
    uid,
    hash,
    chunk: chunkOf(ref),
    body: withoutNul(text),
    labels: labelsIn(parsed),
  });
}

/** Reads several; refuses the session for the first that cannot be. */
export function inventoryObjects(states: readonly ResourceState[]): readonly InventoryUpsert[] {
  return states.map((state) => {
    const object = inventoryObject(state);
    if (!object.ok) throw new LaneRefusal("frame-invalid", object.error);
    return object.value;
  });
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

// Postgres keeps no NUL in jsonb; nothing that Isthmus reads may hold one.
function withoutNul(json: string): string {
  return json.includes("\\u0000") ? json.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, "$1") : json;
}

function labelsIn(body: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const metadata = body["metadata"];
  if (typeof metadata !== "object" || metadata === null || !("labels" in metadata)) return {};
  const { labels } = metadata;
  if (typeof labels !== "object" || labels === null) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
