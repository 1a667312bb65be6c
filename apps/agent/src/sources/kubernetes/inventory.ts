import { create } from "@bufbuild/protobuf";
import { textAt, type KubeObject, type ResourceKind } from "@isthmus/k8s";
import {
  INVENTORY_CHUNKS,
  ResourceRefSchema,
  ResourceStateSchema,
  chunkDigest,
  chunkOf,
  hashedBody,
  refText,
  type Json,
  type ResourceRef,
  type ResourceState,
} from "@isthmus/protocol";

/** Who is told what changed; objects are trimmed. */
export interface InventoryListener {
  upserted(text: string, object: KubeObject): void;
  deleted(text: string, ref: ResourceRef): void;
}

interface Held {
  readonly state: ResourceState;
  readonly chunk: number;
}

/** What one delta may carry. */
export interface DeltaLimits {
  readonly maxResources: number;
  readonly maxBytes: number;
}

/** Changes to send, each resource once and as it is now. */
export interface Changes {
  readonly upserts: readonly ResourceState[];
  readonly deletes: readonly ResourceRef[];
}

/**
 * The cluster's resources as they are now, and which of them changed since they were last sent. Changes are held by
 * name only: a resource that changes a thousand times between two sends costs one entry and one send.
 */
export class Inventory {
  readonly #held = new Map<string, Held>();
  /** Names by kind, so that a new list of a kind shows what is gone. */
  readonly #byKind = new Map<string, Set<string>>();
  readonly #changed = new Map<string, ResourceRef>();
  readonly #listeners: InventoryListener[] = [];
  #recording = false;

  get size(): number {
    return this.#held.size;
  }

  /** How many changes wait to be sent. */
  get waiting(): number {
    return this.#changed.size;
  }

  listen(listener: InventoryListener): void {
    this.#listeners.push(listener);
  }

  /** The kind holds exactly these objects now. */
  replaced(kind: ResourceKind, objects: readonly KubeObject[]): void {
    const gone = new Set(this.#byKind.get(kindText(kind)));
    for (const object of objects) gone.delete(this.#put(object));
    for (const text of gone) this.#drop(text);
  }

  upserted(object: KubeObject): void {
    this.#put(object);
  }

  deleted(object: KubeObject): void {
    this.#drop(refText(refOf(object)));
  }

  /** The 256 digests of what is held now; from here on changes are recorded for deltas. */
  digest(): readonly Uint8Array[] {
    this.#recording = true;
    this.#changed.clear();
    const chunks: ResourceState[][] = Array.from({ length: INVENTORY_CHUNKS }, () => []);
    for (const { state, chunk } of this.#held.values()) chunks[chunk]?.push(state);
    return chunks.map((states) => chunkDigest(states.flatMap(({ ref, hash }) => (ref ? [{ ref, hash }] : []))));
  }

  /** All that a chunk holds now. */
  chunk(number: number): readonly ResourceState[] {
    return [...this.#held.values()].filter(({ chunk }) => chunk === number).map(({ state }) => state);
  }

  /** Takes changes out, oldest first, within limits; the rest stays for the next delta. */
  takeChanges(limits: DeltaLimits): Changes {
    const upserts: ResourceState[] = [];
    const deletes: ResourceRef[] = [];
    let bytes = 0;
    for (const [text, ref] of this.#changed) {
      const state = this.#held.get(text)?.state;
      bytes += text.length + (state?.body.length ?? 0);
      const sent = upserts.length + deletes.length;
      if (sent > 0 && (bytes > limits.maxBytes || sent >= limits.maxResources)) break;
      this.#changed.delete(text);
      if (state === undefined) deletes.push(ref);
      else upserts.push(state);
    }
    return { upserts, deletes };
  }

  /** No session: changes need no recording, since the next one begins with a digest. */
  stopRecording(): void {
    this.#recording = false;
    this.#changed.clear();
  }

  #put(object: KubeObject): string {
    const ref = refOf(object);
    const text = refText(ref);
    // INVARIANT: an object that was parsed from JSON and trimmed is JSON.
    const { body, hash } = hashedBody(object as unknown as Json);
    const known = this.#held.get(text);
    if (known !== undefined && Buffer.compare(known.state.hash, hash) === 0) return text;
    const state = create(ResourceStateSchema, { ref, uid: object.metadata.uid ?? "", hash, body });
    this.#held.set(text, { state, chunk: known?.chunk ?? chunkOf(ref) });
    this.#namesOf(ref).add(text);
    if (this.#recording) this.#changed.set(text, ref);
    for (const listener of this.#listeners) listener.upserted(text, object);
    return text;
  }

  #drop(text: string): void {
    const ref = this.#held.get(text)?.state.ref;
    if (ref === undefined) return;
    this.#held.delete(text);
    this.#namesOf(ref).delete(text);
    if (this.#recording) this.#changed.set(text, ref);
    for (const listener of this.#listeners) listener.deleted(text, ref);
  }

  #namesOf(ref: ResourceRef): Set<string> {
    const key = kindText(ref);
    const names = this.#byKind.get(key) ?? new Set<string>();
    this.#byKind.set(key, names);
    return names;
  }
}

/** Names an object on the wire. */
export function refOf(object: KubeObject): ResourceRef {
  return create(ResourceRefSchema, {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: textAt(object, "metadata", "namespace"),
    name: object.metadata.name,
  });
}

const kindText = (kind: { readonly apiVersion: string; readonly kind: string }): string =>
  `${kind.apiVersion}|${kind.kind}`;
