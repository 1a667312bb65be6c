import type { ApiContext } from "../api/context";
import { resourceOf } from "../api/kinds";
import { kindOfObject, storedKinds } from "../api/registry";
import { numberOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import { runAccounts } from "./accounts";
import type { AddressPool } from "./address-pool";
import { runCronJobs } from "./cron-jobs";
import { runDaemonSets } from "./daemon-sets";
import { runDeployments } from "./deployments";
import { runDisruptionBudgets } from "./disruption";
import { runEndpointSlices } from "./endpoint-slices";
import { runGarbage } from "./garbage";
import { followIndexes } from "./indexes";
import { runJobs } from "./jobs";
import { runKubelet } from "./kubelet";
import { runNamespaces } from "./namespaces";
import { runNodeLifecycle } from "./node-lifecycle";
import { runReplicaSets } from "./replica-sets";
import { runRestarts } from "./restarts";
import type { ControllerContext, Later } from "./runtime";
import { runStatefulSets } from "./stateful-sets";
import { runTiers } from "./tiers";

/** What the controllers need beside the store. */
export interface ControllerOptions {
  readonly authority: string;
  readonly pods: AddressPool;
  readonly create: (object: JsonObject) => void;
  readonly onError: (error: unknown) => void;
  readonly later: Later;
}

/** The running controllers: what else acts on the cluster works with the same context. */
export interface RunningControllers {
  readonly context: ControllerContext;
  readonly removePod: (pod: KubeObject) => void;
  readonly stop: () => void;
}

/** Starts every controller; they work only when something changes. */
export function startControllers(api: ApiContext, options: ControllerOptions): RunningControllers {
  const { store, now, randomSuffix } = api;
  const removePod = podRemover(api);
  const resources = storedKinds.map(resourceOf);
  const [indexes, stopIndexes] = followIndexes(store, resources);
  const { create, onError, later } = options;
  const context: ControllerContext = { store, now, randomSuffix, create, onError, later, indexes };
  const namespaced = storedKinds.filter((kind) => kind.namespaced).map(resourceOf);
  const resourceOfKind = (apiVersion: string, name: string) => {
    const kind = kindOfObject(apiVersion, name);
    return kind && { resource: resourceOf(kind), namespaced: kind.namespaced };
  };
  const stops = [
    runAccounts(context, options.authority),
    runKubelet(context, { pool: options.pods, isExternalPod: api.isExternalPod }),
    runReplicaSets(context, removePod),
    runStatefulSets(context, removePod),
    runDaemonSets(context, removePod),
    runDeployments(context),
    runJobs(context, removePod),
    runCronJobs(context),
    runNodeLifecycle(context, removePod),
    runRestarts(context, api.isExternalPod),
    runDisruptionBudgets(context),
    runEndpointSlices(context),
    runTiers(context),
    runNamespaces(context, namespaced, removePod),
    runGarbage(context, { resources, resourceOfKind, removePod }),
    stopIndexes,
  ];
  return { context, removePod, stop: () => stops.forEach((stop) => stop()) };
}

/** Removes a pod at once, or asks its outside runtime to end it. */
function podRemover({ store, now, isExternalPod }: ApiContext): (pod: KubeObject) => void {
  return (pod) => {
    const { namespace, name, uid, deletionTimestamp } = pod.metadata;
    if (!isExternalPod(pod)) {
      store.delete({ resource: "pods", namespace, name }, { uid });
      return;
    }
    if (deletionTimestamp !== undefined) return;
    const seconds = numberOf(valueAt(pod, "spec", "terminationGracePeriodSeconds"), 30);
    const live = store.get({ resource: "pods", namespace, name });
    if (live?.metadata.uid !== uid) return;
    const at = timestamp(now() + seconds * 1_000);
    const metadata = { ...live.metadata, deletionTimestamp: at, deletionGracePeriodSeconds: seconds };
    store.update("pods", { ...live, metadata });
  };
}
