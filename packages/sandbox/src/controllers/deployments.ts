import { numberOf, objectOf, objectsOf, stringMapOf, stringOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import { isActive } from "./pods";
import {
  condition,
  controlledBy,
  controllerOf,
  controllerReference,
  templateHash,
  writeStatus,
  type ControllerContext,
} from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "deployments.apps";
const sets = "replicasets.apps";
const hashLabel = "pod-template-hash";
const revisionKey = "deployment.kubernetes.io/revision";

/** Keeps a ReplicaSet for each Deployment's template, and moves pods from the old ones to it. */
export function runDeployments(context: ControllerContext): () => void {
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const deployment = context.store.get({ resource, namespace, name });
    if (deployment && deployment.metadata.deletionTimestamp === undefined) reconcile(context, deployment);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const stops = [
    context.store.subscribe(resource, ({ object }) => add(object)),
    context.store.subscribe(sets, ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "Deployment") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
    }),
    context.store.subscribe("pods", ({ object, type }) => {
      if (type === "DELETED") context.store.list(resource, object.metadata.namespace).filter(recreates).forEach(add);
    }),
  ];
  context.store.list(resource).forEach(add);
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

const recreates = (deployment: KubeObject): boolean => valueAt(deployment, "spec", "strategy", "type") === "Recreate";
const desiredOf = (object: KubeObject): number => numberOf(valueAt(object, "spec", "replicas"), 1);
const availableOf = (object: KubeObject): number => numberOf(valueAt(object, "status", "availableReplicas"), 0);
const currentOf = (object: KubeObject): number => numberOf(valueAt(object, "status", "replicas"), 0);
const sum = (objects: readonly KubeObject[], read: (object: KubeObject) => number): number =>
  objects.reduce((total, object) => total + read(object), 0);

function reconcile(context: ControllerContext, deployment: KubeObject): void {
  const hash = templateHash(valueAt(deployment, "spec", "template"));
  const owned = controlledBy(context, sets, deployment);
  const current = owned.find(({ metadata }) => metadata.labels?.[hashLabel] === hash);
  if (!current) return createSet(context, deployment, { hash, owned });
  const old = owned.filter((set) => set !== current);
  if (old.some((set) => revisionOf(set) > revisionOf(current))) return renew(context, deployment, { current, old });
  if (valueAt(deployment, "spec", "paused") !== true) roll(context, deployment, { current, old });
  else if (old.length === 0) scaleTo(context, current, desiredOf(deployment));
  prune(context, deployment, old);
  report(context, deployment);
}

interface Sets {
  readonly current: KubeObject;
  readonly old: readonly KubeObject[];
}

const revisionOf = (set: KubeObject): number => Number(set.metadata.annotations?.[revisionKey] ?? 0);

/** A rollback makes an old set the newest revision. */
function renew(context: ControllerContext, deployment: KubeObject, { current, old }: Sets): void {
  const revision = String(Math.max(...old.map(revisionOf)) + 1);
  const annotations = { ...current.metadata.annotations, [revisionKey]: revision };
  context.store.update(sets, { ...current, metadata: { ...current.metadata, annotations } });
  annotate(context, deployment, revision);
}

function createSet(
  context: ControllerContext,
  deployment: KubeObject,
  { hash, owned }: { hash: string; owned: readonly KubeObject[] },
): void {
  const template = objectOf(valueAt(deployment, "spec", "template"));
  const metadata = objectOf(template["metadata"]);
  const labels = { ...stringMapOf(metadata["labels"]), [hashLabel]: hash };
  const matchLabels = { ...stringMapOf(valueAt(deployment, "spec", "selector", "matchLabels")), [hashLabel]: hash };
  const revision = Math.max(0, ...owned.map(revisionOf)) + 1;
  const { name, namespace } = deployment.metadata;
  context.create({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { [revisionKey]: String(revision) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...objectOf(valueAt(deployment, "spec", "selector")), matchLabels },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  });
  annotate(context, deployment, String(revision));
}

function annotate(context: ControllerContext, deployment: KubeObject, revision: string): void {
  const { namespace, name } = deployment.metadata;
  const live = context.store.get({ resource, namespace, name });
  if (!live) return;
  const annotations = { ...live.metadata.annotations, [revisionKey]: revision };
  context.store.update(resource, { ...live, metadata: { ...live.metadata, annotations } });
}

function scaleTo(context: ControllerContext, set: KubeObject, replicas: number): void {
  if (desiredOf(set) === replicas) return;
  const live = context.store.get({ resource: sets, namespace: set.metadata.namespace, name: set.metadata.name });
  if (!live) return;
  const generation = (live.metadata.generation ?? 0) + 1;
  context.store.update(sets, {
    ...live,
    metadata: { ...live.metadata, generation },
    spec: { ...objectOf(live["spec"]), replicas },
  });
}

function roll(context: ControllerContext, deployment: KubeObject, { current, old }: Sets): void {
  const desired = desiredOf(deployment);
  if (recreates(deployment)) return recreate(context, { current, old }, desired);
  const rolling = objectOf(valueAt(deployment, "spec", "strategy", "rollingUpdate"));
  const surge = amount(rolling["maxSurge"], desired, Math.ceil);
  const unavailable = amount(rolling["maxUnavailable"], desired, Math.floor);
  const slack = surge + unavailable === 0 ? 1 : unavailable;
  const oldTotal = sum(old, desiredOf);
  scaleTo(context, current, Math.max(0, Math.min(desired, desired + surge - oldTotal)));
  let removable = Math.max(0, sum([current, ...old], availableOf) - (desired - slack));
  for (const set of old.filter((candidate) => desiredOf(candidate) > 0)) {
    const broken = desiredOf(set) - availableOf(set);
    const gone = Math.min(desiredOf(set), removable + broken);
    removable -= Math.max(0, gone - broken);
    scaleTo(context, set, desiredOf(set) - gone);
  }
}

function recreate(context: ControllerContext, { current, old }: Sets, desired: number): void {
  for (const set of old) scaleTo(context, set, 0);
  const left = old.flatMap((set) => controlledBy(context, "pods", set));
  if (left.length === 0) scaleTo(context, current, desired);
}

function amount(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(stringOf(value));
  return round((Number(percent?.[1] ?? 25) * of) / 100);
}

function prune(context: ControllerContext, deployment: KubeObject, old: readonly KubeObject[]): void {
  const keep = numberOf(valueAt(deployment, "spec", "revisionHistoryLimit"), 10);
  const empty = old.filter((set) => desiredOf(set) === 0 && currentOf(set) === 0);
  const oldest = empty.toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const { metadata } of oldest.slice(0, Math.max(0, oldest.length - keep))) {
    context.store.delete({ resource: sets, namespace: metadata.namespace, name: metadata.name });
  }
}

function report(context: ControllerContext, deployment: KubeObject): void {
  const hash = templateHash(valueAt(deployment, "spec", "template"));
  const owned = controlledBy(context, sets, deployment);
  const current = owned.filter(({ metadata }) => metadata.labels?.[hashLabel] === hash);
  const desired = desiredOf(deployment);
  const available = sum(owned, availableOf);
  const replicas = sum(owned, currentOf);
  const updated = sum(current, currentOf);
  const terminating = owned.flatMap((set) => controlledBy(context, "pods", set)).filter((pod) => !isActive(pod)).length;
  writeStatus(
    context,
    { resource, object: deployment },
    {
      observedGeneration: deployment.metadata.generation ?? 1,
      replicas,
      updatedReplicas: updated,
      readyReplicas: sum(owned, (set) => numberOf(valueAt(set, "status", "readyReplicas"), 0)),
      availableReplicas: available,
      ...(desired > available ? { unavailableReplicas: desired - available } : {}),
      ...(terminating > 0 ? { terminatingReplicas: terminating } : {}),
      conditions: conditionsOf(
        deployment,
        {
          available: available >= minimum(deployment),
          complete: updated === desired && replicas === desired && available === desired,
        },
        context.now(),
      ),
    },
  );
}

function minimum(deployment: KubeObject): number {
  const desired = desiredOf(deployment);
  if (recreates(deployment)) return desired;
  return (
    desired - amount(valueAt(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable"), desired, Math.floor)
  );
}

function conditionsOf(
  deployment: KubeObject,
  state: { available: boolean; complete: boolean },
  now: number,
): readonly JsonObject[] {
  const before = objectsOf(valueAt(deployment, "status", "conditions"));
  const available = state.available
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  const progressing = {
    type: "Progressing",
    status: "True",
    reason: state.complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
  };
  return [condition(before, available, now), condition(before, progressing, now)].map((entry) => {
    const old = before.find(({ type }) => type === entry["type"]);
    const same = old?.["status"] === entry["status"] && old?.["reason"] === entry["reason"];
    return { ...entry, lastUpdateTime: same ? old?.["lastUpdateTime"] : timestamp(now) };
  });
}
