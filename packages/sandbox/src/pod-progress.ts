import { isReady } from "./controllers/pods";
import { numberOf, valueAt } from "./json";
import type { SandboxCluster } from "./scenario-types";
import type { ObjectStore } from "./store/types";

/** How far a cluster has come since its start. */
export interface PodCount {
  readonly cluster: string;
  readonly running: number;
  /** What its workloads ask for. */
  readonly wanted: number;
}

const everyMs = 500;
const workloads = ["deployments.apps", "statefulsets.apps"];

/** Tells of each cluster's pods while it comes up, until all have run once; gives a function that ends it. */
export function tellPods(clusters: readonly SandboxCluster[], tell: (count: PodCount) => void): () => void {
  const waiting = new Set(clusters);
  const timer = setInterval(() => {
    for (const cluster of waiting) {
      const count = countPods(cluster.name, cluster.store);
      tell(count);
      if (count.running >= count.wanted) waiting.delete(cluster);
    }
    if (waiting.size === 0) clearInterval(timer);
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function countPods(cluster: string, store: ObjectStore): PodCount {
  const wanted = workloads
    .flatMap((resource) => store.list(resource))
    .reduce((sum, object) => sum + numberOf(valueAt(object, "spec", "replicas"), 1), 0);
  return { cluster, running: store.list("pods").filter(isReady).length, wanted };
}
