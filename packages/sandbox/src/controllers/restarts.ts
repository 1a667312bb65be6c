import { numberOf, objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import { withReadiness } from "./pod-status";
import type { ControllerContext } from "./runtime";

const backOff = "CrashLoopBackOff";
const firstWaitMs = 10_000;
const longestWaitMs = 300_000;

/** How long the kubelet waits before it starts a container again: 10 s, twice as long each time, five minutes at most. */
export function backOffMs(restarts: number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(restarts, 16));
}

const isWaiting = (status: JsonObject): boolean => valueAt(status, "state", "waiting", "reason") === backOff;
const statusesOf = (pod: KubeObject) => objectsOf(valueAt(pod, "status", "containerStatuses"));

/** Whether one of a pod's containers waits to be started again. */
export function isCrashLooping(pod: KubeObject): boolean {
  return statusesOf(pod).some(isWaiting);
}

/** Ends the first container of a running pod with an error, so that it waits to be started again. */
export function crash({ store, now }: ControllerContext, pod: KubeObject): void {
  const at = now();
  const [first, ...others] = statusesOf(pod);
  if (first === undefined || isWaiting(first)) return;
  const name = stringOf(first["name"]);
  const seconds = backOffMs(numberOf(first["restartCount"], 0)) / 1_000;
  const who = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  const ended = {
    exitCode: 1,
    reason: "Error",
    startedAt: valueAt(first, "state", "running", "startedAt"),
    finishedAt: timestamp(at),
    containerID: first["containerID"],
  };
  const message = `back-off ${seconds}s restarting failed container=${name} pod=${who}`;
  const crashed = {
    ...first,
    ready: false,
    started: false,
    state: { waiting: { reason: backOff, message } },
    lastState: { terminated: ended },
  };
  const before = objectsOf(valueAt(pod, "status", "conditions"));
  const conditions = withReadiness(before, { ready: false, containers: false, reason: "ContainersNotReady" }, at);
  const status = { ...objectOf(pod["status"]), containerStatuses: [crashed, ...others], conditions };
  store.update("pods", { ...pod, status });
}

/** Starts containers that have failed again when their back-off is over. */
export function runRestarts(context: ControllerContext, isExternalPod: (pod: KubeObject) => boolean): () => void {
  const { store } = context;
  const timers = new Map<string, () => void>();
  const follow = (pod: KubeObject) => {
    const { uid, namespace, name } = pod.metadata;
    if (timers.has(uid) || !isCrashLooping(pod) || isExternalPod(pod)) return;
    const restart = () => {
      timers.delete(uid);
      const live = store.get({ resource: "pods", namespace, name });
      if (live?.metadata.uid === uid) startAgain(context, live);
    };
    timers.set(uid, context.later(waitMs(pod, context.now()), restart));
  };
  const stop = store.subscribe("pods", ({ type, object }) => {
    if (type !== "DELETED") return follow(object);
    timers.get(object.metadata.uid)?.();
    timers.delete(object.metadata.uid);
  });
  store.list("pods").forEach(follow);
  return () => {
    stop();
    timers.forEach((cancel) => cancel());
  };
}

function waitMs(pod: KubeObject, now: number): number {
  const waiting = statusesOf(pod).find(isWaiting);
  const failedAt = Date.parse(stringOf(valueAt(waiting, "lastState", "terminated", "finishedAt")));
  return Math.max(0, failedAt + backOffMs(numberOf(waiting?.["restartCount"], 0)) - now);
}

function startAgain({ store, now }: ControllerContext, pod: KubeObject): void {
  const at = now();
  const containerStatuses = statusesOf(pod).map((status) =>
    isWaiting(status)
      ? {
          ...status,
          ready: true,
          started: true,
          restartCount: numberOf(status["restartCount"], 0) + 1,
          state: { running: { startedAt: timestamp(at) } },
        }
      : status,
  );
  const before = objectsOf(valueAt(pod, "status", "conditions"));
  const conditions = withReadiness(before, { ready: true, containers: true, reason: "" }, at);
  store.update("pods", { ...pod, status: { ...objectOf(pod["status"]), containerStatuses, conditions } });
}
