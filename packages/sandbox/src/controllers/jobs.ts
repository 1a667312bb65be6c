import { numberOf, objectOf, objectsOf, stringOf, valueAt } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import { createPod, isActive, type RemovePod } from "./pods";
import { removeObject } from "./remove";
import { condition, controlledBy, controllerOf, writeStatus, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "jobs.batch";

/** How long a Job's pod runs before its containers have done their work. */
const workMs = 1_000;

/** Runs each Job's pods to their end: as many at a time as `parallelism`, until `completions` have succeeded. */
export function runJobs(context: ControllerContext, removePod: RemovePod): () => void {
  const timers = new Map<string, () => void>();
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const job = context.store.get({ resource, namespace, name });
    if (!job || job.metadata.deletionTimestamp !== undefined) return;
    const expiresInMs = expiryOf(job) - context.now();
    if (expiresInMs <= 0) return expire(context, job, removePod);
    reconcile(context, job, removePod);
    if (expiresInMs === Number.POSITIVE_INFINITY || timers.has(job.metadata.uid)) return;
    const again = () => {
      timers.delete(job.metadata.uid);
      queue.add(key);
    };
    timers.set(job.metadata.uid, context.later(expiresInMs, again));
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const onPod = (pod: KubeObject) => {
    const owner = controllerOf(pod);
    if (owner?.kind !== "Job") return;
    queue.add(`${pod.metadata.namespace ?? ""}/${owner.name}`);
    if (stringOf(valueAt(pod, "status", "phase")) === "Running") finishLater(context, pod, timers);
  };
  const stops = [
    context.store.subscribe(resource, ({ object }) => add(object)),
    context.store.subscribe("pods", ({ object }) => onPod(object)),
  ];
  context.store.list(resource).forEach(add);
  context.store.list("pods").forEach(onPod);
  return () => {
    [...stops, () => queue.close()].forEach((stop) => stop());
    timers.forEach((cancel) => cancel());
  };
}

/** When a Job that is done is to go, in ms since the epoch; never where it does not say or is not done. */
function expiryOf(job: KubeObject): number {
  const doneAt = Date.parse(stringOf(valueAt(job, "status", "completionTime")));
  const seconds = Number(valueAt(job, "spec", "ttlSecondsAfterFinished") ?? Number.NaN);
  const expiry = doneAt + seconds * 1_000;
  return Number.isNaN(expiry) ? Number.POSITIVE_INFINITY : expiry;
}

function expire(context: ControllerContext, job: KubeObject, removePod: RemovePod): void {
  const key = { resource, namespace: job.metadata.namespace, name: job.metadata.name };
  removeObject(context, { key, object: job, removePod, at: timestamp(context.now()) });
}

function finishLater(context: ControllerContext, pod: KubeObject, timers: Map<string, () => void>): void {
  const { uid, namespace, name } = pod.metadata;
  if (timers.has(uid)) return;
  const cancel = context.later(workMs, () => {
    timers.delete(uid);
    const live = context.store.get({ resource: "pods", namespace, name });
    if (live?.metadata.uid !== uid || stringOf(valueAt(live, "status", "phase")) !== "Running") return;
    const conditions = objectsOf(valueAt(live, "status", "conditions")).map((each) =>
      each["type"] === "Ready" || each["type"] === "ContainersReady"
        ? { ...each, status: "False", reason: "PodCompleted" }
        : each,
    );
    context.store.update("pods", { ...live, status: { ...objectOf(live["status"]), phase: "Succeeded", conditions } });
  });
  timers.set(uid, cancel);
}

function reconcile(context: ControllerContext, job: KubeObject, removePod: RemovePod): void {
  const pods = controlledBy(context, "pods", job);
  const succeeded = pods.filter((pod) => valueAt(pod, "status", "phase") === "Succeeded").length;
  const active = pods.filter(isActive);
  const suspended = valueAt(job, "spec", "suspend") === true;
  const completions = numberOf(valueAt(job, "spec", "completions"), 1);
  const parallelism = suspended ? 0 : numberOf(valueAt(job, "spec", "parallelism"), 1);
  const wanted = Math.min(parallelism, completions - succeeded);
  const labels = { "batch.kubernetes.io/job-name": job.metadata.name, "job-name": job.metadata.name };
  for (let made = active.length; made < wanted; made += 1)
    createPod(context, job, { name: `${job.metadata.name}-`, labels });
  active.slice(Math.max(0, wanted)).forEach(removePod);
  const done = succeeded >= completions;
  const startTime = stringOf(valueAt(job, "status", "startTime")) || timestamp(context.now());
  const before = objectsOf(valueAt(job, "status", "conditions"));
  const state = { type: "Complete", status: "True", reason: "CompletionsReached" };
  writeStatus(
    context,
    { resource, object: job },
    {
      startTime,
      active: Math.max(0, wanted),
      succeeded,
      ready: active.length,
      ...(done
        ? {
            completionTime: stringOf(valueAt(job, "status", "completionTime")) || timestamp(context.now()),
            conditions: [condition(before, state, context.now())],
          }
        : {}),
    },
  );
}
