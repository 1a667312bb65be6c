import { numberOf, stringOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import { createPod, isActive, isReady, type RemovePod } from "./pods";
import { controlledBy, controllerOf, templateHash, writeStatus, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "statefulsets.apps";
const revisionLabel = "controller-revision-hash";
const podNameLabel = "statefulset.kubernetes.io/pod-name";

/** Keeps the numbered pods of each StatefulSet, lowest first, and replaces those of an old template, highest first. */
export function runStatefulSets(context: ControllerContext, removePod: RemovePod): () => void {
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const set = context.store.get({ resource, namespace, name });
    if (set && set.metadata.deletionTimestamp === undefined) reconcile(context, set, removePod);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const stops = [
    context.store.subscribe(resource, ({ object }) => add(object)),
    context.store.subscribe("pods", ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "StatefulSet") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
    }),
  ];
  context.store.list(resource).forEach(add);
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

function ordinalOf(pod: KubeObject): number {
  return Number(pod.metadata.name.split("-").at(-1));
}

function reconcile(context: ControllerContext, set: KubeObject, removePod: RemovePod): void {
  const revision = `${set.metadata.name}-${templateHash(valueAt(set, "spec", "template"))}`;
  const pods = controlledBy(context, "pods", set).toSorted((a, b) => ordinalOf(a) - ordinalOf(b));
  step(context, set, { pods, revision, removePod });
  report(context, set, revision);
}

interface State {
  readonly pods: readonly KubeObject[];
  readonly revision: string;
  readonly removePod: RemovePod;
}

/** One step: pods come and go singly unless the management is Parallel; the next event makes the next step. */
function step(context: ControllerContext, set: KubeObject, { pods, revision, removePod }: State): void {
  const wanted = numberOf(valueAt(set, "spec", "replicas"), 1);
  const parallel = stringOf(valueAt(set, "spec", "podManagementPolicy")) === "Parallel";
  const there = new Set(pods.map(ordinalOf));
  const missing = Array.from({ length: wanted }, (_, ordinal) => ordinal).filter((ordinal) => !there.has(ordinal));
  const waiting = pods.some((pod) => !isReady(pod) || !isActive(pod));
  for (const ordinal of parallel ? missing : waiting ? [] : missing.slice(0, 1)) {
    const name = `${set.metadata.name}-${ordinal}`;
    const labels = { [revisionLabel]: revision, [podNameLabel]: name, "apps.kubernetes.io/pod-index": String(ordinal) };
    const subdomain = stringOf(valueAt(set, "spec", "serviceName"));
    createPod(context, set, { name, labels, spec: { hostname: name, ...(subdomain === "" ? {} : { subdomain }) } });
  }
  const surplus = pods.filter((pod) => ordinalOf(pod) >= wanted && isActive(pod));
  const outdated = pods.filter(
    (pod) => ordinalOf(pod) < wanted && isActive(pod) && pod.metadata.labels?.[revisionLabel] !== revision,
  );
  const leaving = surplus.length > 0 ? surplus : waiting || missing.length > 0 ? [] : outdated;
  leaving.slice(parallel ? 0 : -1).forEach(removePod);
}

function report(context: ControllerContext, set: KubeObject, revision: string): void {
  const pods = controlledBy(context, "pods", set).filter(isActive);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision).length;
  writeStatus(
    context,
    { resource, object: set },
    {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: updated,
      updatedReplicas: updated,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    },
  );
}
