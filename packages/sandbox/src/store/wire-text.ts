import type { KubeObject } from "./types";

const known = new WeakMap<KubeObject, Buffer>();

/**
 * A stored object as JSON. It is written once for each version of the object: the journal, lists and all watchers share
 * the bytes. INVARIANT: stored objects are never changed in place.
 */
export function wireText(object: KubeObject): Buffer {
  const made = known.get(object);
  if (made !== undefined) return made;
  const text = Buffer.from(JSON.stringify(object));
  known.set(object, text);
  return text;
}
