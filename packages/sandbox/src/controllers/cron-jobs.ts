import { numberOf, objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import { parseCronSchedule, type CronSchedule } from "./cron-schedule";
import { controlledBy, controllerOf, controllerReference, writeStatus, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "cronjobs.batch";
const jobs = "jobs.batch";
const scheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** A timer waits no longer: whoever waits longer looks at the clock again. */
const longestWaitMs = 24 * 3_600_000;
/** Of times that were missed, only the latest counts; it is sought from here at the earliest. */
const lookBackMs = 7 * 24 * 3_600_000;

/** Makes the Jobs of each CronJob when they are due, and clears away the old ones. */
export function runCronJobs(context: ControllerContext): () => void {
  const timers = new Map<string, () => void>();
  const queue = new WorkQueue((key) => {
    timers.get(key)?.();
    timers.delete(key);
    const [namespace = "", name = ""] = key.split("/");
    const cron = context.store.get({ resource, namespace, name });
    if (!cron || cron.metadata.deletionTimestamp !== undefined) return;
    const waitMs = reconcile(context, cron);
    if (waitMs !== undefined)
      timers.set(
        key,
        context.later(Math.min(waitMs, longestWaitMs), () => queue.add(key)),
      );
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const stops = [
    context.store.subscribe(resource, ({ object }) => add(object)),
    context.store.subscribe(jobs, ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "CronJob") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
    }),
  ];
  context.store.list(resource).forEach(add);
  return () => {
    [...stops, () => queue.close()].forEach((stop) => stop());
    timers.forEach((cancel) => cancel());
  };
}

/** Does what is due now; gives how long to wait for the next time. */
function reconcile(context: ControllerContext, cron: KubeObject): number | undefined {
  const owned = controlledBy(context, jobs, cron);
  clear(context, cron, owned);
  report(context, cron, {});
  const zone = stringOf(valueAt(cron, "spec", "timeZone"));
  const schedule = parseCronSchedule(stringOf(valueAt(cron, "spec", "schedule")), zone);
  if (!schedule.ok || valueAt(cron, "spec", "suspend") === true) return undefined;
  const due = latestDue(cron, schedule.value, context.now());
  if (due !== undefined) start(context, cron, { due, active: owned.filter((job) => outcomeOf(job) === undefined) });
  const next = schedule.value.after(context.now());
  return next === undefined ? undefined : next - context.now();
}

/** The latest time that is past and has not been run for, within `startingDeadlineSeconds`. */
function latestDue(cron: KubeObject, schedule: CronSchedule, now: number): number | undefined {
  const last = stringOf(valueAt(cron, "status", "lastScheduleTime")) || cron.metadata.creationTimestamp;
  const deadlineMs = numberOf(valueAt(cron, "spec", "startingDeadlineSeconds"), Number.POSITIVE_INFINITY) * 1_000;
  let due: number | undefined;
  let at = schedule.after(Math.max(Date.parse(last), now - deadlineMs, now - lookBackMs));
  while (at !== undefined && at <= now) {
    due = at;
    at = schedule.after(at);
  }
  return due;
}

function start(
  context: ControllerContext,
  cron: KubeObject,
  { due, active }: { readonly due: number; readonly active: readonly KubeObject[] },
): void {
  const policy = stringOf(valueAt(cron, "spec", "concurrencyPolicy")) || "Allow";
  if (policy === "Forbid" && active.length > 0) return;
  if (policy === "Replace") for (const job of active) remove(context, job);
  const { name, namespace = "" } = cron.metadata;
  const template = objectOf(valueAt(cron, "spec", "jobTemplate"));
  const { labels, annotations } = objectOf(template["metadata"]);
  const jobName = `${name}-${Math.floor(due / 60_000)}`;
  if (!context.store.get({ resource: jobs, namespace, name: jobName }))
    context.create({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: jobName,
        namespace,
        labels: objectOf(labels),
        annotations: { ...objectOf(annotations), [scheduledAt]: timestamp(due) },
        ownerReferences: [controllerReference(cron)],
      },
      spec: objectOf(template["spec"]),
    });
  report(context, cron, { lastScheduleTime: timestamp(due) });
}

function remove({ store }: ControllerContext, { metadata }: KubeObject): void {
  store.delete({ resource: jobs, namespace: metadata.namespace, name: metadata.name }, { uid: metadata.uid });
}

/** How a job ended; undefined while it has not. */
function outcomeOf(job: KubeObject): "Complete" | "Failed" | undefined {
  const held = objectsOf(valueAt(job, "status", "conditions")).find(
    ({ type, status }) => status === "True" && (type === "Complete" || type === "Failed"),
  );
  return held === undefined ? undefined : held["type"] === "Failed" ? "Failed" : "Complete";
}

/** Keeps as many ended jobs as the history limits say, the newest ones. */
function clear(context: ControllerContext, cron: KubeObject, owned: readonly KubeObject[]): void {
  const keep = {
    Complete: numberOf(valueAt(cron, "spec", "successfulJobsHistoryLimit"), 3),
    Failed: numberOf(valueAt(cron, "spec", "failedJobsHistoryLimit"), 1),
  };
  for (const outcome of ["Complete", "Failed"] as const) {
    const ended = owned.filter((job) => outcomeOf(job) === outcome);
    for (const job of ended.slice(0, Math.max(0, ended.length - keep[outcome]))) remove(context, job);
  }
}

function report(context: ControllerContext, cron: KubeObject, change: JsonObject): void {
  const { namespace, name } = cron.metadata;
  const live = context.store.get({ resource, namespace, name });
  if (!live) return;
  const owned = controlledBy(context, jobs, cron);
  const active = owned
    .filter((job) => outcomeOf(job) === undefined)
    .map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
    }));
  const { active: _active, ...before } = objectOf(live["status"]);
  const ended = owned.map((job) => stringOf(valueAt(job, "status", "completionTime"))).filter((at) => at !== "");
  const latest = ended.toSorted().at(-1);
  const lastSuccessfulTime = latest === undefined ? {} : { lastSuccessfulTime: latest };
  writeStatus(
    context,
    { resource, object: live },
    { ...before, ...(active.length > 0 ? { active } : {}), ...lastSuccessfulTime, ...change },
  );
}
