import type { Check, Judgement } from "../finding";
import type { Observation } from "../observation";
import { unread, type Read } from "../read";
import { isOlderThan, versionNumber } from "../version-number";

/** EndpointSlices in `discovery.k8s.io/v1`, which the inventory reads. */
const OLDEST = [1, 21] as const;
/** ServiceCIDR objects, from which service ranges are told. */
const TELLS_SERVICE_RANGES = [1, 33] as const;

function judgeVersion(read: Read<string>): Judgement {
  if (read.kind === "absent") return { state: "unknown", seen: "the API server does not tell its version" };
  if (read.kind !== "read") return unread(read);
  const version = versionNumber(read.value);
  if (version === undefined) return { state: "unknown", seen: `\`${read.value}\` is no version that can be read` };
  const seen = `Kubernetes ${read.value}`;
  if (isOlderThan(version, OLDEST)) {
    const advice = "update Kubernetes to 1.21 or later: before that, endpoints of services cannot be read";
    return { state: "failing", seen, advice };
  }
  if (isOlderThan(version, TELLS_SERVICE_RANGES)) {
    return { state: "ok", seen: `${seen}; before 1.33 the ranges of service addresses are not told` };
  }
  return { state: "ok", seen };
}

export const CLUSTER_CHECKS: readonly Check<Observation>[] = [
  {
    id: "kubernetes.version",
    group: "cluster",
    title: "Kubernetes version",
    judge: (seen) => judgeVersion(seen.kubernetesVersion),
  },
];
