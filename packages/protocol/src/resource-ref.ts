import { sha256 } from "./crypto";
import type { ResourceRef } from "./messages";

/** How many chunks an inventory is cut into. */
export const INVENTORY_CHUNKS = 256;

/** The name of a resource, as four strings; `namespace` is empty for cluster-wide kinds. */
export type RefFields = Pick<ResourceRef, "apiVersion" | "kind" | "namespace" | "name">;

/** The one text of a ref, `apiVersion|kind|namespace|name`; no part can hold a bar. */
export function refText(ref: RefFields): string {
  return `${ref.apiVersion}|${ref.kind}|${ref.namespace}|${ref.name}`;
}

/** The chunk (0..255) that a resource lies in: the first byte of the SHA-256 of its text. */
export function chunkOf(ref: RefFields): number {
  return sha256(refText(ref))[0] ?? 0;
}

/** A resource as a digest sees it. */
export interface HashedRef {
  readonly ref: RefFields;
  /** SHA-256 of the resource's canonical JSON, 32 bytes. */
  readonly hash: Uint8Array;
}

const byText = (a: { readonly text: string }, b: { readonly text: string }): number =>
  a.text < b.text ? -1 : a.text > b.text ? 1 : 0;

/**
 * The digest of one chunk: SHA-256 over its refs and hashes, sorted by the refs' text (UTF-16 code units), each ref
 * ended by a line feed and followed by its 32 hash bytes. Empty bytes for an empty chunk.
 */
export function chunkDigest(members: readonly HashedRef[]): Uint8Array {
  if (members.length === 0) return new Uint8Array(0);
  const sorted = members.map(({ ref, hash }) => ({ text: refText(ref), hash })).toSorted(byText);
  return sha256(Buffer.concat(sorted.flatMap(({ text, hash }) => [Buffer.from(`${text}\n`), hash])));
}

/** The 256 chunk digests of an inventory. */
export function inventoryDigests(resources: Iterable<HashedRef>): readonly Uint8Array[] {
  const chunks: HashedRef[][] = Array.from({ length: INVENTORY_CHUNKS }, () => []);
  for (const resource of resources) chunks[chunkOf(resource.ref)]?.push(resource);
  return chunks.map(chunkDigest);
}

/** The chunks whose digests differ, ascending. */
export function differingChunks(theirs: readonly Uint8Array[], ours: readonly Uint8Array[]): readonly number[] {
  const wanted: number[] = [];
  for (let chunk = 0; chunk < INVENTORY_CHUNKS; chunk += 1) {
    const a = theirs[chunk] ?? new Uint8Array(0);
    const b = ours[chunk] ?? new Uint8Array(0);
    if (Buffer.compare(a, b) !== 0) wanted.push(chunk);
  }
  return wanted;
}
