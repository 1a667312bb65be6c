import type { KubeObject, ObjectStore } from "../store/types";
import { LabelIndex } from "./label-index";
import { OwnerIndex } from "./owner-index";
import { PodsByNode } from "./pods-by-node";

/**
 * What controllers look up so often that a walk through all objects would make their work quadratic.
 * INVARIANT: the store tells listeners of one resource before those of all, so a controller may read an index from its
 * queue, and never from within a listener.
 */
export interface Indexes {
  readonly owners: OwnerIndex;
  readonly pods: LabelIndex;
  readonly podsByNode: PodsByNode;
}

/** Builds the indexes and keeps them up; returns them with how to stop. */
export function followIndexes(store: ObjectStore, resources: readonly string[]): readonly [Indexes, () => void] {
  const indexes = { owners: new OwnerIndex(), pods: new LabelIndex(), podsByNode: new PodsByNode() };
  for (const resource of resources) for (const object of store.list(resource)) indexes.owners.add(resource, object);
  for (const pod of store.list("pods")) addPod(indexes, pod);
  const stop = store.subscribe("*", (event) => {
    indexes.owners.follow(event);
    if (event.resource !== "pods") return;
    if (event.type === "DELETED") removePod(indexes, event.object);
    else {
      if (event.previous) removePod(indexes, event.previous);
      addPod(indexes, event.object);
    }
  });
  return [indexes, stop];
}

function addPod({ pods, podsByNode }: Indexes, pod: KubeObject): void {
  pods.add(pod);
  podsByNode.add(pod);
}

function removePod({ pods, podsByNode }: Indexes, pod: KubeObject): void {
  pods.remove(pod);
  podsByNode.remove(pod);
}
