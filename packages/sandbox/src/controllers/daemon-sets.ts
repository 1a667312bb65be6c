import { objectOf, objectsOf, stringMapOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import { createPod, isActive, isReady, nodeOf, type RemovePod } from "./pods";
import { controlledBy, controllerOf, templateHash, writeStatus, type ControllerContext } from "./runtime";
import { TAINTS } from "./taints";
import { WorkQueue } from "./work-queue";

const resource = "daemonsets.apps";
const revisionLabel = "controller-revision-hash";

/** Keeps one pod of each DaemonSet on every node that its node selector admits. */
export function runDaemonSets(context: ControllerContext, removePod: RemovePod): () => void {
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const set = context.store.get({ resource, namespace, name });
    if (set && set.metadata.deletionTimestamp === undefined) reconcile(context, set, removePod);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const all = () => context.store.list(resource).forEach(add);
  const stops = [
    context.store.subscribe(resource, ({ object }) => add(object)),
    context.store.subscribe("nodes", all),
    context.store.subscribe("pods", ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "DaemonSet") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
    }),
  ];
  all();
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

function nodesFor(context: ControllerContext, set: KubeObject): readonly string[] {
  const wanted = Object.entries(stringMapOf(objectOf(valueAt(set, "spec", "template", "spec"))["nodeSelector"]));
  const nodes = context.store
    .list("nodes")
    .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value));
  return nodes.map(({ metadata }) => metadata.name);
}

/** A daemon stays where its node is in trouble (Kubernetes, "Taints and tolerations" of DaemonSet). */
const daemonTolerations = [
  { key: TAINTS.notReady, operator: "Exists", effect: "NoExecute" },
  { key: TAINTS.unreachable, operator: "Exists", effect: "NoExecute" },
  { key: TAINTS.unschedulable, operator: "Exists", effect: "NoSchedule" },
];

function tolerationsOf(set: KubeObject): readonly unknown[] {
  return [...objectsOf(valueAt(set, "spec", "template", "spec", "tolerations")), ...daemonTolerations];
}

function reconcile(context: ControllerContext, set: KubeObject, removePod: RemovePod): void {
  const revision = templateHash(valueAt(set, "spec", "template"));
  const nodes = nodesFor(context, set);
  const pods = controlledBy(context, "pods", set);
  const active = pods.filter(isActive);
  const occupied = new Set(pods.map(nodeOf));
  for (const nodeName of nodes.filter((node) => !occupied.has(node))) {
    createPod(context, set, {
      name: `${set.metadata.name}-`,
      labels: { [revisionLabel]: revision },
      spec: { nodeName, tolerations: tolerationsOf(set) },
    });
  }
  const fitting = new Set(nodes);
  const misplaced = active.filter((pod) => !fitting.has(nodeOf(pod)));
  const outdated = active.filter((pod) => pod.metadata.labels?.[revisionLabel] !== revision);
  const settled = active.every(isReady) && active.length === pods.length;
  [...misplaced, ...(settled ? outdated.slice(0, 1) : [])].forEach(removePod);
  report(context, set, { nodes: nodes.length, revision });
}

function report(
  context: ControllerContext,
  set: KubeObject,
  { nodes, revision }: { nodes: number; revision: string },
): void {
  const pods = controlledBy(context, "pods", set).filter(isActive);
  const ready = pods.filter(isReady).length;
  writeStatus(
    context,
    { resource, object: set },
    {
      observedGeneration: set.metadata.generation ?? 1,
      desiredNumberScheduled: nodes,
      currentNumberScheduled: pods.length,
      updatedNumberScheduled: pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision).length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      ...(nodes > ready ? { numberUnavailable: nodes - ready } : {}),
    },
  );
}
