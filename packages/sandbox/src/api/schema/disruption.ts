import { conditions, kind, labelSelector } from "./meta";
import { integer, intOrString, mapOf, object, oneOf, time } from "./types";

/** PodDisruptionBudget of policy/v1. */
export const podDisruptionBudget = kind({
  spec: object({
    minAvailable: intOrString,
    maxUnavailable: intOrString,
    selector: labelSelector,
    unhealthyPodEvictionPolicy: oneOf("IfHealthyBudget", "AlwaysAllow"),
  }),
  status: object({
    observedGeneration: integer,
    disruptedPods: mapOf(time),
    disruptionsAllowed: integer,
    currentHealthy: integer,
    desiredHealthy: integer,
    expectedPods: integer,
    conditions,
  }),
});
