import type { Generated } from "./generate";
import { optional, record, span, whole, wrong, type Place } from "./fields";

/** As many pods as a sandbox cluster is made for. */
export const mostPods = 10_000;
const mostObjects = 5_000;

/** Reads `generate`: how many workloads are drawn from the seed. */
export function readGenerate(place: Place, value: unknown): Generated | undefined {
  const given = record(place, value, ["namespaces", "deployments", "replicas", "pods", "policies"]);
  if (given === undefined) return undefined;
  const number = (field: string, from: number, to: number) =>
    optional(place, { from: given, field }, (at, v) => whole(at, v, { from, to }));
  const pods = number("pods", 1, mostPods);
  const namespaces = number("namespaces", 1, 1_000) ?? 1;
  const deployments = number("deployments", 1, mostObjects);
  const policies = number("policies", 0, mostObjects) ?? 0;
  const replicas = optional(place, { from: given, field: "replicas" }, (at, v) =>
    span(at, v, { from: 0, to: mostPods }),
  );
  if (deployments === undefined)
    return given["deployments"] === undefined ? wrong(place, value, "give the number of `deployments`") : undefined;
  return { namespaces, deployments, policies, replicas: replicas ?? { from: 1, to: 3 }, ...(pods && { pods }) };
}
