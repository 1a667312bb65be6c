import { numberOf, objectsOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import { createPod, isActive, isReady, type RemovePod } from "./pods";
import { controlledBy, controllerOf, writeStatus, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "replicasets.apps";

/** Keeps as many pods as each ReplicaSet asks for. */
export function runReplicaSets(context: ControllerContext, removePod: RemovePod): () => void {
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const set = context.store.get({ resource, namespace, name });
    if (set && set.metadata.deletionTimestamp === undefined) reconcile(context, set, removePod);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const stops = [
    context.store.subscribe(resource, ({ object }) => add(object)),
    context.store.subscribe("pods", ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "ReplicaSet") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
    }),
  ];
  context.store.list(resource).forEach(add);
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

function reconcile(context: ControllerContext, set: KubeObject, removePod: RemovePod): void {
  const wanted = numberOf(valueAt(set, "spec", "replicas"), 1);
  const pods = controlledBy(context, "pods", set).filter(isActive);
  const missing = wanted - pods.length;
  for (let made = 0; made < missing; made += 1) createPod(context, set, { name: `${set.metadata.name}-` });
  if (missing < 0) pods.toSorted(leastUseful).slice(0, -missing).forEach(removePod);
  const now = controlledBy(context, "pods", set).filter(isActive);
  const ready = now.filter(isReady).length;
  writeStatus(
    context,
    { resource, object: set },
    {
      replicas: now.length,
      fullyLabeledReplicas: now.length,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation ?? 1,
      ...(objectsOf(valueAt(set, "status", "conditions")).length > 0
        ? { conditions: valueAt(set, "status", "conditions") }
        : {}),
    },
  );
}

/** Those that are not ready go first, then the newest. */
function leastUseful(a: KubeObject, b: KubeObject): number {
  const byReadiness = Number(isReady(a)) - Number(isReady(b));
  return byReadiness || Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion);
}
