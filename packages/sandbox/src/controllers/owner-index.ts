import type { KubeObject, ObjectKey, StoreEvent } from "../store/types";

const keyText = ({ resource, namespace = "", name }: ObjectKey): string => `${resource}|${namespace}|${name}`;

function sameOwners(object: KubeObject, previous: KubeObject | undefined): boolean {
  const [now = [], before = []] = [object.metadata.ownerReferences, previous?.metadata.ownerReferences];
  return now.length === before.length && now.every(({ uid }, index) => before[index]?.uid === uid);
}

/** Who is owned by whom, by the owners' uid, kept up with the store's events. */
export class OwnerIndex {
  readonly #owned = new Map<string, Map<string, ObjectKey>>();

  /** Takes in an object that is there already. */
  add(resource: string, { metadata }: KubeObject): void {
    const key = { resource, namespace: metadata.namespace, name: metadata.name };
    for (const { uid } of metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid) ?? new Map<string, ObjectKey>();
      this.#owned.set(uid, owned.set(keyText(key), key));
    }
  }

  /** Follows a change; what keeps its owners keeps its place in their order, which is that of creation. */
  follow({ type, resource, object, previous }: StoreEvent): void {
    if (type === "MODIFIED" && sameOwners(object, previous)) return;
    this.#remove(resource, type === "DELETED" ? object : previous);
    if (type !== "DELETED") this.add(resource, object);
  }

  /** The objects that name this uid among their owners. */
  ownedBy(uid: string): readonly ObjectKey[] {
    return [...(this.#owned.get(uid)?.values() ?? [])];
  }

  #remove(resource: string, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const { namespace, name, ownerReferences = [] } = object.metadata;
    for (const { uid } of ownerReferences) {
      const owned = this.#owned.get(uid);
      owned?.delete(keyText({ resource, namespace, name }));
      if (owned?.size === 0) this.#owned.delete(uid);
    }
  }
}
