import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import type { AddressPool } from "./address-pool";
import { nodeOf } from "./pods";
import { containerStatus, qosClass, runningConditions } from "./pod-status";
import type { ControllerContext } from "./runtime";
import { schedule } from "./scheduler";
import { WorkQueue } from "./work-queue";

/** What schedules and runs pods. */
export interface KubeletOptions {
  readonly pool: AddressPool;
  /** Pods that somebody else runs: they get a node, and their status is left to whoever runs them. */
  readonly isExternalPod: (pod: KubeObject) => boolean;
}

/** How long past its grace period a pod of a silent outside runtime is kept. */
const overdueMs = 5_000;

/** Pods that wait for room are tried again so many at a time: one that leaves makes room for one. */
const retriesOnRoom = 8;

/** Places every pod on a node and plays the node's part: an address, running containers, release on deletion. */
export function runKubelet(context: ControllerContext, options: KubeletOptions): () => void {
  const { store } = context;
  const timers = new Map<string, () => void>();
  const waiting = { address: new Set<string>(), room: new Set<string>() };
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    waiting.room.delete(key);
    const pod = store.get({ resource: "pods", namespace, name });
    if (!pod) return;
    if (pod.metadata.deletionTimestamp !== undefined) return finish(context, pod, timers);
    const step = advance(context, pod, options);
    if (step !== "done") waiting[step].add(key);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const retryRoom = (atMost: number) => [...waiting.room].slice(0, atMost).forEach((key) => queue.add(key));
  const stops = [
    store.subscribe("pods", ({ type, object }) => {
      if (type !== "DELETED") return add(object);
      release(object, options);
      waiting.address.forEach((key) => queue.add(key));
      waiting.address.clear();
      retryRoom(retriesOnRoom);
    }),
    store.subscribe("nodes", () => retryRoom(waiting.room.size)),
  ];
  for (const pod of store.list("pods")) {
    for (const address of ownAddresses(pod)) options.pool.claim(address);
    add(pod);
  }
  return () => {
    [...stops, () => queue.close()].forEach((stop) => stop());
    timers.forEach((cancel) => cancel());
  };
}

const onHostNetwork = (pod: KubeObject): boolean => valueAt(pod, "spec", "hostNetwork") === true;

function ownAddresses(pod: KubeObject): readonly string[] {
  const address = stringOf(valueAt(pod, "status", "podIP"));
  return address === "" || onHostNetwork(pod) ? [] : [address];
}

function release(pod: KubeObject, { pool }: KubeletOptions): void {
  for (const address of ownAddresses(pod)) pool.release(address);
}

/** Takes a pod one step further; it may have to wait for an address, or for room on a node. */
function advance(context: ControllerContext, pod: KubeObject, options: KubeletOptions): "done" | "address" | "room" {
  const phase = stringOf(valueAt(pod, "status", "phase"));
  const settled = stringOf(valueAt(pod, "status", "podIP")) !== "" || phase === "Succeeded" || phase === "Failed";
  if (nodeOf(pod) === "") return schedule(context, pod) === "placed" ? "done" : "room";
  if (settled) return "done";
  if (!options.isExternalPod(pod)) return start(context, pod, options);
  return phase === "Running" ? join(context, pod, options) : "done";
}

/** The network plugin's part for a pod that somebody else runs: an address, once its runtime says that it runs. */
function join(context: ControllerContext, pod: KubeObject, { pool }: KubeletOptions): "done" | "address" {
  const addresses = addressesFor(context, pod, pool);
  if (addresses === undefined) return "address";
  context.store.update("pods", { ...pod, status: { ...objectOf(pod["status"]), ...addresses } });
  return "done";
}

/** What a pod's status says of addresses; `undefined` where the pool has none left. */
function addressesFor({ store }: ControllerContext, pod: KubeObject, pool: AddressPool): JsonObject | undefined {
  const node = store.get({ resource: "nodes", name: nodeOf(pod) });
  const hostIP = stringOf(
    objectsOf(valueAt(node, "status", "addresses")).find(({ type }) => type === "InternalIP")?.["address"],
  );
  const podIP = onHostNetwork(pod) ? hostIP : pool.take();
  if (podIP === undefined || podIP === "") return undefined;
  return { hostIP, hostIPs: [{ ip: hostIP }], podIP, podIPs: [{ ip: podIP }] };
}

function start(context: ControllerContext, pod: KubeObject, { pool }: KubeletOptions): "done" | "address" {
  const { store } = context;
  const addresses = addressesFor(context, pod, pool);
  if (addresses === undefined) return "address";
  const startTime = timestamp(context.now());
  const status = {
    ...objectOf(pod["status"]),
    phase: "Running",
    ...addresses,
    startTime,
    conditions: runningConditions(pod, context.now()),
    containerStatuses: objectsOf(valueAt(pod, "spec", "containers")).map((container) =>
      containerStatus(pod, container, startTime),
    ),
    qosClass: qosClass(pod),
  };
  store.update("pods", { ...pod, status });
  return "done";
}

/** Removes a pod whose outside runtime has not answered its deletion by the end of the grace period. */
function finish(context: ControllerContext, pod: KubeObject, timers: Map<string, () => void>): void {
  const { uid, namespace, name, deletionTimestamp = "" } = pod.metadata;
  if (timers.has(uid)) return;
  const leftMs = Math.max(0, Date.parse(deletionTimestamp) - context.now()) + overdueMs;
  const cancel = context.later(leftMs, () => {
    timers.delete(uid);
    context.store.delete({ resource: "pods", namespace, name }, { uid });
  });
  timers.set(uid, cancel);
}
