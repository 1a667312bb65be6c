import { objectOf, objectsOf, stringMapOf, stringOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import type { PodsByNode } from "./pods-by-node";
import { condition, type ControllerContext } from "./runtime";
import { repelling } from "./taints";

/** Why a node does not take a pod, as the scheduler counts nodes. */
type Refusal = string;

function refusal(pod: KubeObject, node: KubeObject, load: number): Refusal | undefined {
  if (load >= roomOf(node)) return "Too many pods";
  const wanted = Object.entries(stringMapOf(valueAt(pod, "spec", "nodeSelector")));
  if (!wanted.every(([key, value]) => node.metadata.labels?.[key] === value))
    return "node(s) didn't match Pod's node affinity/selector";
  const taint = repelling(pod, node);
  if (taint === undefined) return undefined;
  if (valueAt(node, "spec", "unschedulable") === true) return "node(s) were unschedulable";
  return `node(s) had untolerated taint {${stringOf(taint["key"])}: ${stringOf(taint["value"])}}`;
}

/** Pods that fit on a node; a node that does not say takes as many as there are. */
function roomOf(node: KubeObject): number {
  const pods = Number(valueAt(node, "status", "allocatable", "pods") ?? Number.NaN);
  return Number.isNaN(pods) ? Number.POSITIVE_INFINITY : pods;
}

/** The node with the fewest pods among those that take this pod, or why none does. */
export function choose(
  pod: KubeObject,
  nodes: readonly KubeObject[],
  load: Pick<PodsByNode, "loadOf">,
): { readonly node: KubeObject } | { readonly message: string } {
  let best: { readonly node: KubeObject; readonly load: number } | undefined;
  const refusals = new Map<Refusal, number>();
  for (const node of nodes) {
    const count = load.loadOf(node.metadata.name);
    if (best !== undefined && count >= best.load) continue;
    const why = refusal(pod, node, count);
    if (why === undefined) best = { node, load: count };
    else refusals.set(why, (refusals.get(why) ?? 0) + 1);
  }
  if (best !== undefined) return { node: best.node };
  const counted = [...refusals].map(([why, count]) => `${count} ${why}`).toSorted();
  return { message: [`0/${nodes.length} nodes are available`, counted.join(", ")].filter(Boolean).join(": ") };
}

/** Places a pod, or notes why it waits. */
export function schedule(context: ControllerContext, pod: KubeObject): "placed" | "waits" {
  const { store, indexes } = context;
  const choice = choose(pod, store.list("nodes"), indexes.podsByNode);
  const placed = "node" in choice;
  const before = objectsOf(valueAt(pod, "status", "conditions"));
  const state = placed
    ? { type: "PodScheduled", status: "True", reason: "Scheduled" }
    : { type: "PodScheduled", status: "False", reason: "Unschedulable", message: choice.message };
  const conditions = [...before.filter(({ type }) => type !== "PodScheduled"), condition(before, state, context.now())];
  const spec = { ...objectOf(pod["spec"]), ...(placed ? { nodeName: choice.node.metadata.name } : {}) };
  store.update("pods", { ...pod, spec, status: { ...objectOf(pod["status"]), conditions } });
  return placed ? "placed" : "waits";
}
