import { createHash } from "node:crypto";
import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { condition } from "./runtime";

/** The conditions of a pod whose containers run. */
export function runningConditions(pod: KubeObject, now: number): readonly JsonObject[] {
  const before = objectsOf(valueAt(pod, "status", "conditions"));
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return types.map((type) => {
    const { reason: _reason, ...entry } = condition(before, { type, status: "True", reason: "" }, now);
    return { ...entry, lastProbeTime: null };
  });
}

/** A container that has just been started for the first time. */
export function containerStatus(pod: KubeObject, container: JsonObject, startedAt: string): JsonObject {
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

/** The quality of service that a pod's requests and limits give it. */
export function qosClass(pod: KubeObject): string {
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

/** The conditions with another readiness of the pod and its containers. */
export function withReadiness(
  before: readonly JsonObject[],
  state: { readonly ready: boolean; readonly containers: boolean; readonly reason: string },
  now: number,
): readonly JsonObject[] {
  return before.map((each) => {
    const isReadiness = each["type"] === "Ready" || each["type"] === "ContainersReady";
    if (!isReadiness) return each;
    const holds = each["type"] === "Ready" ? state.ready : state.containers;
    const { reason: _reason, message: _message, ...entry } = each;
    const made = condition(
      before,
      { type: String(each["type"]), status: holds ? "True" : "False", reason: state.reason },
      now,
    );
    return holds ? { ...entry, status: "True", lastTransitionTime: made["lastTransitionTime"] } : { ...entry, ...made };
  });
}
