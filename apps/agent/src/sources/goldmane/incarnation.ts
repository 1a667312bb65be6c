import { listAt, textAt, recordAt, type KubeObject } from "@isthmus/k8s";

/** One run of Goldmane: its memory begins with it and ends with it. */
export interface Incarnation {
  /** UID of its pod and restart count of its container. */
  readonly id: string;
  /** Unix seconds; undefined where the pod does not say. */
  readonly startedAt: number | undefined;
}

/** Named where Goldmane's pod cannot be seen: a restart then goes unnoticed. */
export const UNSEEN_INCARNATION: Incarnation = { id: "goldmane-unseen", startedAt: undefined };

/** The label that Goldmane's pod carries. */
export const GOLDMANE_LABEL = { key: "k8s-app", value: "goldmane" } as const;

/** True for a pod that is Goldmane's. */
export function isGoldmane(pod: KubeObject): boolean {
  return pod.metadata.labels?.[GOLDMANE_LABEL.key] === GOLDMANE_LABEL.value;
}

/** Which incarnation serves, by the pods that carry Goldmane's label: the newest that runs. */
export function incarnationOf(pods: readonly KubeObject[]): Incarnation {
  const running = pods
    .filter((pod) => textAt(pod, "status", "phase") === "Running" && pod.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => startOf(b) - startOf(a));
  const pod = running[0];
  if (pod?.metadata.uid === undefined) return UNSEEN_INCARNATION;
  const started = startOf(pod);
  return {
    id: `${pod.metadata.uid}-${restartsOf(pod)}`,
    startedAt: started === 0 ? undefined : Math.floor(started / 1_000),
  };
}

function containersOf(pod: KubeObject): readonly unknown[] {
  return listAt(pod, "status", "containerStatuses");
}

function restartsOf(pod: KubeObject): number {
  const counts = containersOf(pod).map((each) => recordAt(each)["restartCount"]);
  return counts.reduce<number>((total, count) => total + (typeof count === "number" ? count : 0), 0);
}

/** In ms; a container's start where the pod tells, else the pod's creation; 0: unknown. */
function startOf(pod: KubeObject): number {
  const starts = containersOf(pod).map((each) => Date.parse(textAt(each, "state", "running", "startedAt")));
  const known = starts.filter((start) => !Number.isNaN(start));
  const created = Date.parse(pod.metadata.creationTimestamp ?? "");
  return known.length > 0 ? Math.max(...known) : Number.isNaN(created) ? 0 : created;
}
