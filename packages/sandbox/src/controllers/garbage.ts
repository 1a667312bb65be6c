import { timestamp } from "../store/object-store";
import type { KubeObject, ObjectKey, StoreEvent } from "../store/types";
import type { OwnerIndex } from "./owner-index";
import type { RemovePod } from "./pods";
import { removeObject } from "./remove";
import type { ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

/** Kept by an owner that is deleted in the foreground until what blocks it is gone. */
export const FOREGROUND_FINALIZER = "foregroundDeletion";

/** What may own and be owned. */
export interface GarbageOptions {
  readonly resources: readonly string[];
  /** The resource of an owner, by its apiVersion and kind; `undefined` for kinds that are not served. */
  readonly resourceOfKind: (
    apiVersion: string,
    kind: string,
  ) => { readonly resource: string; readonly namespaced: boolean } | undefined;
  readonly removePod: RemovePod;
}

interface Garbage extends GarbageOptions {
  readonly index: OwnerIndex;
  /** Owners that wait for what they own, by their uid. */
  readonly waiting: Map<string, ObjectKey>;
}

/** Deletes what was owned by objects that are gone, and what is owned by those that wait for it. */
export function runGarbage(context: ControllerContext, options: GarbageOptions): () => void {
  const { store } = context;
  const garbage: Garbage = { ...options, index: context.indexes.owners, waiting: new Map() };
  const queue = new WorkQueue((uid) => {
    collect(context, uid, garbage);
    settle(context, uid, garbage);
  }, context.onError);
  const seen = (resource: string, object: KubeObject) => {
    const { uid, namespace, name } = object.metadata;
    if (waitsInForeground(object)) {
      garbage.waiting.set(uid, { resource, namespace, name });
      queue.add(uid);
    }
    if (isOrphan(context, object, options)) queue.add(object.metadata.ownerReferences?.[0]?.uid ?? "");
  };
  const onEvent = (event: StoreEvent) => {
    const { type, resource, object } = event;
    if (type !== "DELETED") return seen(resource, object);
    garbage.waiting.delete(object.metadata.uid);
    queue.add(object.metadata.uid);
    for (const owner of object.metadata.ownerReferences ?? []) if (garbage.waiting.has(owner.uid)) queue.add(owner.uid);
  };
  const stop = store.subscribe("*", onEvent);
  for (const resource of options.resources) for (const object of store.list(resource)) seen(resource, object);
  return () => {
    stop();
    queue.close();
  };
}

const waitsInForeground = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND_FINALIZER);

/** Deletes what this owner left behind and nobody else owns. */
function collect(context: ControllerContext, uid: string, garbage: Garbage): void {
  for (const key of garbage.index.ownedBy(uid)) {
    const object = context.store.get(key);
    if (object !== undefined && isOrphan(context, object, garbage)) take(context, key, { object, ...garbage });
  }
}

/** Lets an owner go that waits for what it owns, as soon as nothing that blocks it is left. */
function settle(context: ControllerContext, uid: string, garbage: Garbage): void {
  const key = garbage.waiting.get(uid);
  const owner = key && context.store.get(key);
  if (key === undefined || owner?.metadata.uid !== uid || !waitsInForeground(owner)) return;
  let blocked = false;
  for (const owned of garbage.index.ownedBy(uid)) {
    const object = context.store.get(owned);
    if (object === undefined) continue;
    take(context, owned, { object, ...garbage });
    const left = context.store.get(owned)?.metadata.ownerReferences ?? [];
    blocked ||= left.some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true);
  }
  if (blocked) return;
  garbage.waiting.delete(uid);
  const finalizers = (owner.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FOREGROUND_FINALIZER);
  if (finalizers.length === 0) context.store.delete(key, { uid });
  else context.store.update(key.resource, { ...owner, metadata: { ...owner.metadata, finalizers } });
}

function take(
  context: ControllerContext,
  key: ObjectKey,
  { object, removePod }: Pick<GarbageOptions, "removePod"> & { readonly object: KubeObject },
): void {
  removeObject(context, { key, object, removePod, at: timestamp(context.now()) });
}

/** Whether an object has owners and none of them exists. */
function isOrphan({ store }: ControllerContext, { metadata }: KubeObject, { resourceOfKind }: GarbageOptions): boolean {
  const owners = metadata.ownerReferences ?? [];
  return (
    owners.length > 0 &&
    owners.every(({ apiVersion, kind, name, uid }) => {
      const owner = resourceOfKind(apiVersion, kind);
      if (!owner) return false;
      const namespace = owner.namespaced ? metadata.namespace : undefined;
      return store.get({ resource: owner.resource, namespace, name })?.metadata.uid !== uid;
    })
  );
}
