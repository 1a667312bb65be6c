import { matchesLabelSelector } from "../api/selectors";
import { stringOf, valueAt } from "../json";
import type { KubeObject, ObjectStore } from "../store/types";
import { isActive, isReady } from "./pods";
import { writeStatus, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "poddisruptionbudgets.policy";

/** What a PodDisruptionBudget leaves of its pods at a moment. */
export interface Disruptions {
  readonly expectedPods: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly disruptionsAllowed: number;
}

function podsOf(store: ObjectStore, budget: KubeObject): readonly KubeObject[] {
  const selector = valueAt(budget, "spec", "selector");
  if (selector === undefined) return [];
  return store
    .list("pods", budget.metadata.namespace)
    .filter((pod) => isActive(pod) && matchesLabelSelector(selector, pod.metadata.labels ?? {}));
}

/** A number, or a share of all pods, rounded up (Kubernetes, "Specifying a Disruption Budget for your Application"). */
function amountOf(value: unknown, of: number): number {
  if (typeof value === "number") return value;
  const [, percent] = /^(\d+)%$/.exec(stringOf(value)) ?? [];
  return Math.ceil((Number(percent ?? 0) * of) / 100);
}

/** What a budget allows of the pods that are there now. */
export function disruptionsOf(store: ObjectStore, budget: KubeObject): Disruptions {
  const pods = podsOf(store, budget);
  const currentHealthy = pods.filter(isReady).length;
  const { minAvailable, maxUnavailable } = budget["spec"] as Readonly<Record<string, unknown>>;
  const desiredHealthy =
    maxUnavailable === undefined
      ? amountOf(minAvailable ?? 1, pods.length)
      : Math.max(0, pods.length - amountOf(maxUnavailable, pods.length));
  const disruptionsAllowed = pods.length === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  return { expectedPods: pods.length, currentHealthy, desiredHealthy, disruptionsAllowed };
}

/** The first budget that does not let this pod be evicted now; a pod that is not ready may always go where enough are. */
export function blockingBudget(
  store: ObjectStore,
  pod: KubeObject,
): { readonly name: string; readonly disruptions: Disruptions } | undefined {
  if (!isActive(pod) || stringOf(valueAt(pod, "status", "phase")) === "Pending") return undefined;
  for (const budget of store.list(resource, pod.metadata.namespace)) {
    if (!matchesLabelSelector(valueAt(budget, "spec", "selector"), pod.metadata.labels ?? {})) continue;
    const disruptions = disruptionsOf(store, budget);
    const healthy = disruptions.currentHealthy >= disruptions.desiredHealthy && disruptions.desiredHealthy > 0;
    if (!isReady(pod) && healthy) continue;
    if (disruptions.disruptionsAllowed < 1) return { name: budget.metadata.name, disruptions };
  }
  return undefined;
}

/** Reports what each PodDisruptionBudget allows. */
export function runDisruptionBudgets(context: ControllerContext): () => void {
  const { store } = context;
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const budget = store.get({ resource, namespace, name });
    if (budget) report(context, budget);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const stops = [
    store.subscribe(resource, ({ object }) => add(object)),
    store.subscribe("pods", ({ object }) => store.list(resource, object.metadata.namespace).forEach(add)),
  ];
  store.list(resource).forEach(add);
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

function report(context: ControllerContext, budget: KubeObject): void {
  const observedGeneration = budget.metadata.generation ?? 1;
  writeStatus(context, { resource, object: budget }, { ...disruptionsOf(context.store, budget), observedGeneration });
}
