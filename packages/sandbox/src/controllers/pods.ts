import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { controllerReference, type ControllerContext } from "./runtime";

/** The node that a pod is placed on, "" while it is on none. */
export function nodeOf(pod: KubeObject): string {
  return stringOf(valueAt(pod, "spec", "nodeName"));
}

/** Whether a pod is running and ready. */
export function isReady(pod: KubeObject): boolean {
  const ready = objectsOf(valueAt(pod, "status", "conditions")).find(({ type }) => type === "Ready");
  return ready?.["status"] === "True";
}

/** Whether a pod still counts for its owner. */
export function isActive(pod: KubeObject): boolean {
  const phase = stringOf(valueAt(pod, "status", "phase"));
  return phase !== "Succeeded" && phase !== "Failed" && pod.metadata.deletionTimestamp === undefined;
}

/** Creates a pod from an owner's template; a name that ends in `-` is completed. */
export function createPod(
  context: ControllerContext,
  owner: KubeObject,
  wanted: { name: string; labels?: JsonObject; spec?: JsonObject },
): void {
  const template = objectOf(valueAt(owner, "spec", "template"));
  const { labels, annotations } = objectOf(template["metadata"]);
  const names = wanted.name.endsWith("-") ? { generateName: wanted.name } : { name: wanted.name };
  context.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...names,
      namespace: owner.metadata.namespace,
      labels: { ...objectOf(labels), ...wanted.labels },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...objectOf(template["spec"]), ...wanted.spec },
  });
}

/** Removes a pod as its owner would. */
export type RemovePod = (pod: KubeObject) => void;
