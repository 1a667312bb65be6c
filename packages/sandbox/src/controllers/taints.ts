import { numberOf, objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";

/** Keys of the taints that a node gets for its own state (Kubernetes' "well-known labels, annotations and taints"). */
export const TAINTS = {
  unreachable: "node.kubernetes.io/unreachable",
  notReady: "node.kubernetes.io/not-ready",
  unschedulable: "node.kubernetes.io/unschedulable",
} as const;

/** The taints of a node; a cordoned one counts as tainted. */
export function taintsOf(node: KubeObject): readonly JsonObject[] {
  const own = objectsOf(valueAt(node, "spec", "taints"));
  const cordoned = valueAt(node, "spec", "unschedulable") === true;
  const marked = own.some(({ key }) => key === TAINTS.unschedulable);
  return cordoned && !marked ? [...own, { key: TAINTS.unschedulable, effect: "NoSchedule" }] : own;
}

/** Whether a pod's toleration covers a taint. */
function covers(toleration: JsonObject, taint: JsonObject): boolean {
  const effect = stringOf(toleration["effect"]);
  if (effect !== "" && effect !== taint["effect"]) return false;
  const key = stringOf(toleration["key"]);
  if (key !== "" && key !== taint["key"]) return false;
  if (toleration["operator"] === "Exists") return true;
  return key !== "" && stringOf(toleration["value"]) === stringOf(taint["value"]);
}

const tolerationsOf = (pod: KubeObject, taint: JsonObject) =>
  objectsOf(valueAt(pod, "spec", "tolerations")).filter((toleration) => covers(toleration, taint));

/** A taint that keeps a pod from being placed on a node. */
export function repelling(pod: KubeObject, node: KubeObject): JsonObject | undefined {
  return taintsOf(node).find(
    (taint) => taint["effect"] !== "PreferNoSchedule" && tolerationsOf(pod, taint).length === 0,
  );
}

/** How many seconds a pod may stay on a node with these taints: 0 for none, infinite where it tolerates them all. */
export function stayOn(node: KubeObject, pod: KubeObject): number {
  const seconds = taintsOf(node)
    .filter(({ effect }) => effect === "NoExecute")
    .map((taint) => {
      const tolerations = tolerationsOf(pod, taint);
      if (tolerations.length === 0) return 0;
      return Math.min(...tolerations.map((each) => numberOf(each["tolerationSeconds"], Number.POSITIVE_INFINITY)));
    });
  return Math.max(0, Math.min(Number.POSITIVE_INFINITY, ...seconds));
}
