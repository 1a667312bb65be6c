import type { KubeObject, StoreEvent } from "../store/types";
import type { ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

/** What may own and be owned. */
export interface GarbageOptions {
  readonly resources: readonly string[];
  /** The resource of an owner, by its apiVersion and kind; `undefined` for kinds that are not served. */
  readonly resourceOfKind: (
    apiVersion: string,
    kind: string,
  ) => { readonly resource: string; readonly namespaced: boolean } | undefined;
  readonly removePod: (pod: KubeObject) => void;
}

/** Deletes what was owned by objects that are gone (background deletion). */
export function runGarbage(context: ControllerContext, options: GarbageOptions): () => void {
  const { store } = context;
  const queue = new WorkQueue((uid) => collect(context, uid, options), context.onError);
  const onEvent = ({ type, object }: StoreEvent) => {
    if (type === "DELETED") queue.add(object.metadata.uid);
    else if (type === "ADDED" && isOrphan(context, object, options))
      queue.add(object.metadata.ownerReferences?.[0]?.uid ?? "");
  };
  const stop = store.subscribe("*", onEvent);
  for (const resource of options.resources) {
    for (const object of store.list(resource)) {
      if (isOrphan(context, object, options)) queue.add(object.metadata.ownerReferences?.[0]?.uid ?? "");
    }
  }
  return () => {
    stop();
    queue.close();
  };
}

function collect(context: ControllerContext, uid: string, options: GarbageOptions): void {
  const { store } = context;
  for (const resource of options.resources) {
    const owned = store
      .list(resource)
      .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
    for (const object of owned.filter((candidate) => isOrphan(context, candidate, options))) {
      const { namespace, name, finalizers = [] } = object.metadata;
      if (resource === "pods") options.removePod(object);
      else if (finalizers.length === 0) store.delete({ resource, namespace, name });
    }
  }
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
