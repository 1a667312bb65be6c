import type { KubeObject } from "../store/types";
import { removeObject } from "./remove";
import type { ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

/** Empties a namespace that is being deleted, then lets it go. */
export function runNamespaces(
  context: ControllerContext,
  namespacedResources: readonly string[],
  removePod: (pod: KubeObject) => void,
): () => void {
  const { store } = context;
  const queue = new WorkQueue((name) => {
    const namespace = store.get({ resource: "namespaces", name });
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    empty(context, name, { namespacedResources, removePod });
    const left = namespacedResources.some((resource) => store.list(resource, name).length > 0);
    if (!left) store.delete({ resource: "namespaces", name }, { uid: namespace.metadata.uid });
  }, context.onError);
  const stops = [
    store.subscribe("namespaces", ({ object }) => queue.add(object.metadata.name)),
    store.subscribe("*", ({ type, object }) => {
      const { namespace } = object.metadata;
      if (type === "DELETED" && namespace !== undefined && isTerminating(context, namespace)) queue.add(namespace);
    }),
  ];
  store.list("namespaces").forEach(({ metadata }) => queue.add(metadata.name));
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

function isTerminating({ store }: ControllerContext, name: string): boolean {
  return store.get({ resource: "namespaces", name })?.metadata.deletionTimestamp !== undefined;
}

interface Contents {
  readonly namespacedResources: readonly string[];
  readonly removePod: (pod: KubeObject) => void;
}

function empty({ store }: ControllerContext, namespace: string, { namespacedResources, removePod }: Contents): void {
  const at = store.get({ resource: "namespaces", name: namespace })?.metadata.deletionTimestamp ?? "";
  for (const resource of namespacedResources)
    for (const object of store.list(resource, namespace))
      removeObject({ store }, { key: { resource, namespace, name: object.metadata.name }, object, removePod, at });
}
