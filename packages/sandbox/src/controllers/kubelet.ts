import { createHash } from "node:crypto";
import { objectOf, objectsOf, stringMapOf, stringOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import type { AddressPool } from "./address-pool";
import { condition, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

/** What schedules and runs pods. */
export interface KubeletOptions {
  readonly pool: AddressPool;
  /** Pods that somebody else runs: they get a node, and their status is left to whoever runs them. */
  readonly isExternalPod: (pod: KubeObject) => boolean;
}

/** How long past its grace period a pod of a silent outside runtime is kept. */
const overdueMs = 5_000;

/** Places every pod on a node and plays the node's part: an address, running containers, release on deletion. */
export function runKubelet(context: ControllerContext, options: KubeletOptions): () => void {
  const { store } = context;
  const timers = new Map<string, NodeJS.Timeout>();
  const starved = new Set<string>();
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const pod = store.get({ resource: "pods", namespace, name });
    if (!pod) return;
    if (pod.metadata.deletionTimestamp !== undefined) finish(context, pod, timers);
    else if (advance(context, pod, options) === "no-address") starved.add(key);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const stops = [
    store.subscribe("pods", ({ type, object }) => {
      if (type !== "DELETED") return add(object);
      release(object, options);
      starved.forEach((key) => queue.add(key));
      starved.clear();
    }),
    store.subscribe("nodes", () =>
      store
        .list("pods")
        .filter((pod) => nodeOf(pod) === "")
        .forEach(add),
    ),
  ];
  for (const pod of store.list("pods")) {
    for (const address of ownAddresses(pod)) options.pool.claim(address);
    add(pod);
  }
  return () => {
    [...stops, () => queue.close()].forEach((stop) => stop());
    timers.forEach((timer) => clearTimeout(timer));
  };
}

const nodeOf = (pod: KubeObject): string => stringOf(valueAt(pod, "spec", "nodeName"));
const onHostNetwork = (pod: KubeObject): boolean => valueAt(pod, "spec", "hostNetwork") === true;

function ownAddresses(pod: KubeObject): readonly string[] {
  const address = stringOf(valueAt(pod, "status", "podIP"));
  return address === "" || onHostNetwork(pod) ? [] : [address];
}

function release(pod: KubeObject, { pool }: KubeletOptions): void {
  for (const address of ownAddresses(pod)) pool.release(address);
}

/** Takes a pod one step further; it may have to wait for an address. */
function advance(context: ControllerContext, pod: KubeObject, options: KubeletOptions): "done" | "no-address" {
  const phase = stringOf(valueAt(pod, "status", "phase"));
  const settled = stringOf(valueAt(pod, "status", "podIP")) !== "" || phase === "Succeeded" || phase === "Failed";
  if (nodeOf(pod) === "") schedule(context, pod);
  else if (!settled && !options.isExternalPod(pod)) return start(context, pod, options);
  else if (!settled && phase === "Running") return join(context, pod, options);
  return "done";
}

/** The network plugin's part for a pod that somebody else runs: an address, once its runtime says that it runs. */
function join(context: ControllerContext, pod: KubeObject, { pool }: KubeletOptions): "done" | "no-address" {
  const hostIP = hostAddress(context, pod);
  const podIP = onHostNetwork(pod) ? hostIP : pool.take();
  if (podIP === undefined || podIP === "") return "no-address";
  const addresses = { hostIP, hostIPs: [{ ip: hostIP }], podIP, podIPs: [{ ip: podIP }] };
  context.store.update("pods", { ...pod, status: { ...objectOf(pod["status"]), ...addresses } });
  return "done";
}

function hostAddress({ store }: ControllerContext, pod: KubeObject): string {
  const node = store.get({ resource: "nodes", name: nodeOf(pod) });
  return stringOf(
    objectsOf(valueAt(node, "status", "addresses")).find(({ type }) => type === "InternalIP")?.["address"],
  );
}

/** The node with the fewest pods among those that the pod's node selector admits. */
function schedule(context: ControllerContext, pod: KubeObject): void {
  const { store } = context;
  const wanted = Object.entries(stringMapOf(valueAt(pod, "spec", "nodeSelector")));
  const fitting = store
    .list("nodes")
    .filter((node) => valueAt(node, "spec", "unschedulable") !== true)
    .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value));
  const load = new Map<string, number>();
  for (const other of store.list("pods")) load.set(nodeOf(other), (load.get(nodeOf(other)) ?? 0) + 1);
  const [best] = fitting.toSorted((a, b) => (load.get(a.metadata.name) ?? 0) - (load.get(b.metadata.name) ?? 0));
  const before = objectsOf(valueAt(pod, "status", "conditions"));
  const state = best
    ? { type: "PodScheduled", status: "True", reason: "Scheduled" }
    : {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "no node fits the pod's node selector",
      };
  const conditions = [...before.filter(({ type }) => type !== "PodScheduled"), condition(before, state, context.now())];
  const spec = { ...objectOf(pod["spec"]), ...(best ? { nodeName: best.metadata.name } : {}) };
  store.update("pods", { ...pod, spec, status: { ...objectOf(pod["status"]), conditions } });
}

function start(context: ControllerContext, pod: KubeObject, { pool }: KubeletOptions): "done" | "no-address" {
  const { store } = context;
  const hostIP = hostAddress(context, pod);
  const podIP = onHostNetwork(pod) ? hostIP : pool.take();
  if (podIP === undefined || podIP === "") return "no-address";
  const startTime = timestamp(context.now());
  const status = {
    ...objectOf(pod["status"]),
    phase: "Running",
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
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

function runningConditions(pod: KubeObject, now: number): readonly JsonObject[] {
  const before = objectsOf(valueAt(pod, "status", "conditions"));
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return types.map((type) => {
    const { reason: _reason, ...entry } = condition(before, { type, status: "True", reason: "" }, now);
    return { ...entry, lastProbeTime: null };
  });
}

function containerStatus(pod: KubeObject, container: JsonObject, startedAt: string): JsonObject {
  const image = stringOf(container["image"]);
  const digest = (text: string) => createHash("sha256").update(text).digest("hex");
  return {
    name: container["name"],
    ready: true,
    started: true,
    restartCount: 0,
    image,
    imageID: `${image.split(/[:@]/)[0] ?? image}@sha256:${digest(image)}`,
    containerID: `containerd://${digest(`${pod.metadata.uid}/${stringOf(container["name"])}`)}`,
    state: { running: { startedAt } },
    lastState: {},
  };
}

function qosClass(pod: KubeObject): string {
  const resources = objectsOf(valueAt(pod, "spec", "containers")).map((container) => objectOf(container["resources"]));
  const any = resources.some(
    ({ limits, requests }) => Object.keys({ ...objectOf(limits), ...objectOf(requests) }).length > 0,
  );
  const guaranteed = resources.every(({ limits, requests }) =>
    ["cpu", "memory"].every((name) => {
      const limit = objectOf(limits)[name];
      return limit !== undefined && (objectOf(requests)[name] ?? limit) === limit;
    }),
  );
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

/** Removes a pod whose outside runtime has not answered its deletion by the end of the grace period. */
function finish(context: ControllerContext, pod: KubeObject, timers: Map<string, NodeJS.Timeout>): void {
  const { uid, namespace, name, deletionTimestamp = "" } = pod.metadata;
  if (timers.has(uid)) return;
  const leftMs = Math.max(0, Date.parse(deletionTimestamp) - context.now()) + overdueMs;
  const timer = setTimeout(() => {
    timers.delete(uid);
    context.store.delete({ resource: "pods", namespace, name }, { uid });
  }, leftMs);
  timers.set(uid, timer.unref());
}
