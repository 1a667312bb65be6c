import { isDeepStrictEqual } from "node:util";
import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { nodeOf, type RemovePod } from "./pods";
import { withReadiness } from "./pod-status";
import type { ControllerContext } from "./runtime";
import { stayOn, TAINTS } from "./taints";
import { WorkQueue } from "./work-queue";

/** Whether a node's kubelet says that it is well. */
export function isNodeReady(node: KubeObject): boolean {
  const ready = objectsOf(valueAt(node, "status", "conditions")).find(({ type }) => type === "Ready");
  return ready === undefined || ready["status"] === "True";
}

/**
 * Follows nodes: taints those that are not ready or are cordoned, takes readiness from the pods of a silent one, removes
 * pods that do not bear their node's taints and those whose node is gone.
 */
export function runNodeLifecycle(context: ControllerContext, removePod: RemovePod): () => void {
  const { store, indexes } = context;
  const timers = new Map<string, () => void>();
  const queue = new WorkQueue((name) => {
    const node = store.get({ resource: "nodes", name });
    if (node) taint(context, node);
    for (const key of indexes.podsByNode.on(name)) {
      const pod = store.get(key);
      if (pod && nodeOf(pod) === name)
        settle(context, { pod, node: store.get({ resource: "nodes", name }), removePod, timers });
    }
  }, context.onError);
  const stops = [
    store.subscribe("nodes", ({ object }) => queue.add(object.metadata.name)),
    store.subscribe("pods", ({ type, object, previous }) => {
      const uid = object.metadata.uid;
      if (type === "DELETED") timers.get(uid)?.();
      if (type === "DELETED") timers.delete(uid);
      const came = type !== "DELETED" && nodeOf(object) !== "" && (!previous || nodeOf(previous) === "");
      if (came && needsCare(store.get({ resource: "nodes", name: nodeOf(object) }))) queue.add(nodeOf(object));
    }),
  ];
  store.list("nodes").forEach(({ metadata }) => queue.add(metadata.name));
  for (const pod of store.list("pods")) if (nodeOf(pod) !== "") queue.add(nodeOf(pod));
  return () => {
    [...stops, () => queue.close()].forEach((stop) => stop());
    timers.forEach((cancel) => cancel());
  };
}

/** Whether a pod that comes to this node finds it otherwise than well; a node that is not there yet may come. */
const needsCare = (node: KubeObject | undefined): boolean =>
  node !== undefined && (!isNodeReady(node) || objectsOf(valueAt(node, "spec", "taints")).length > 0);

function taint({ store }: ControllerContext, node: KubeObject): void {
  const ready = objectsOf(valueAt(node, "status", "conditions")).find(({ type }) => type === "Ready");
  const key = isNodeReady(node) ? undefined : ready?.["status"] === "False" ? TAINTS.notReady : TAINTS.unreachable;
  const own = Object.values<unknown>(TAINTS);
  const cordoned = valueAt(node, "spec", "unschedulable") === true;
  const before = objectsOf(valueAt(node, "spec", "taints"));
  const wanted: readonly JsonObject[] = [
    ...before.filter((each) => !own.includes(each["key"])),
    ...(cordoned ? [{ key: TAINTS.unschedulable, effect: "NoSchedule" }] : []),
    ...(key === undefined ? [] : ["NoSchedule", "NoExecute"].map((effect) => ({ key, effect }))),
  ];
  const plain = (taints: readonly JsonObject[]) =>
    new Set(taints.map(({ key: name, effect }) => `${stringOf(name)}:${stringOf(effect)}`));
  if (isDeepStrictEqual(plain(before), plain(wanted))) return;
  const { taints: _taints, ...spec } = objectOf(node["spec"]);
  store.update("nodes", { ...node, spec: { ...spec, ...(wanted.length > 0 ? { taints: wanted } : {}) } });
}

interface PodOnNode {
  readonly pod: KubeObject;
  readonly node: KubeObject | undefined;
  readonly removePod: RemovePod;
  readonly timers: Map<string, () => void>;
}

/** A pod without its node goes at once (pod garbage collection), one that does not bear its node's taints when its time is over. */
function settle(context: ControllerContext, { pod, node, removePod, timers }: PodOnNode): void {
  if (node === undefined) return removePod(pod);
  const { uid, namespace, name } = pod.metadata;
  timers.get(uid)?.();
  timers.delete(uid);
  const seconds = stayOn(node, pod);
  if (seconds === 0) return removePod(pod);
  if (Number.isFinite(seconds)) {
    const expire = () => {
      const live = context.store.get({ resource: "pods", namespace, name });
      if (live?.metadata.uid === uid) removePod(live);
    };
    timers.set(uid, context.later(seconds * 1_000, expire));
  }
  showReadiness(context, pod, isNodeReady(node));
}

function showReadiness({ store, now }: ControllerContext, pod: KubeObject, nodeReady: boolean): void {
  if (stringOf(valueAt(pod, "status", "phase")) !== "Running") return;
  const statuses = objectsOf(valueAt(pod, "status", "containerStatuses"));
  const containers = statuses.every(({ ready }) => ready === true);
  const before = objectsOf(valueAt(pod, "status", "conditions"));
  const lost = before.some(({ type, reason }) => type === "Ready" && reason === nodeLost);
  if (nodeReady && !lost) return;
  const reason = nodeReady ? "ContainersNotReady" : nodeLost;
  const conditions = withReadiness(before, { ready: nodeReady && containers, containers, reason }, now());
  store.update("pods", { ...pod, status: { ...objectOf(pod["status"]), conditions } });
}

const nodeLost = "NodeNotReady";
