import { numberOf, objectsOf, valueAt, type JsonObject } from "../json";
import type { KubeObject, ObjectStore } from "../store/types";

const GOLDMANE_LABEL = ["k8s-app", "goldmane"] as const;
const NAMESPACE = "calico-system";

/** Whether a pod is one of Goldmane's. */
export function isGoldmanePod(pod: KubeObject): boolean {
  const [label, value] = GOLDMANE_LABEL;
  return pod.metadata.namespace === NAMESPACE && pod.metadata.labels?.[label] === value;
}

/**
 * Tells the cluster that Goldmane's container runs anew: its memory went with the former process, so the restart count
 * of every Goldmane pod that had been running goes up by one.
 */
export function countRestart(store: ObjectStore, nowMs: number): void {
  for (const pod of store.list("pods", NAMESPACE)) {
    if (!isGoldmanePod(pod)) continue;
    const statuses = objectsOf(valueAt(pod, "status", "containerStatuses"));
    if (statuses.length === 0) continue;
    const status = {
      ...(valueAt(pod, "status") as JsonObject),
      containerStatuses: statuses.map((container) => restarted(container, nowMs)),
    };
    store.update("pods", { ...pod, status });
  }
}

function restarted(container: JsonObject, nowMs: number): JsonObject {
  return {
    ...container,
    restartCount: numberOf(container["restartCount"], 0) + 1,
    state: { running: { startedAt: new Date(nowMs).toISOString().replace(/\.\d{3}Z$/u, "Z") } },
  };
}

/** Calls `onReplaced` when a Goldmane pod is gone, and its memory with it. */
export function watchGoldmanePod(store: ObjectStore, onReplaced: () => void): () => void {
  return store.subscribe("pods", (event) => {
    if (event.type === "DELETED" && isGoldmanePod(event.object)) onReplaced();
  });
}
