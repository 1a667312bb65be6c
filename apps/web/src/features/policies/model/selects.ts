import { compileSelector, podLabels, policySelector, type Labels, type Policy } from "@isthmus/policy-engine";

/** A pod as a policy's selectors see it, with the workload that people know it by. */
export interface SelectablePod {
  readonly clusterId: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly hostNetwork: boolean;
  /** Kubernetes' phase: pods that have ended are endpoints no more. */
  readonly phase: string;
  readonly workloadKind: string;
  readonly workloadName: string;
}

/** Labels of namespaces and service accounts, which endpoints inherit. */
export interface InheritedLabels {
  readonly clusterId: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

/** Workloads of one cluster that a policy applies to. */
export interface SelectedInCluster {
  readonly clusterId: string;
  readonly pods: number;
  readonly workloads: readonly {
    readonly namespace: string;
    readonly kind: string;
    readonly name: string;
    readonly pods: number;
  }[];
}

const keyOf = (clusterId: string, ...parts: readonly string[]): string => [clusterId, ...parts].join("\n");

function inheritance(rows: readonly InheritedLabels[]): ReadonlyMap<string, Labels> {
  return new Map(
    rows.map(({ clusterId, kind, namespace, name, labels }) => [keyOf(clusterId, kind, namespace, name), labels]),
  );
}

const isEndpoint = ({ hostNetwork, phase }: SelectablePod): boolean =>
  !hostNetwork && phase !== "Succeeded" && phase !== "Failed";

/** Which workloads of each cluster a policy selects, by the engine's own reading of its selectors. */
export function selectedWorkloads(
  policy: Policy,
  pods: readonly SelectablePod[],
  inherited: readonly InheritedLabels[],
): SelectedInCluster[] {
  const labelsOf = inheritance(inherited);
  const matches = compileSelector(policySelector(policy));
  const byCluster = new Map<string, Map<string, { namespace: string; kind: string; name: string; pods: number }>>();
  for (const pod of pods) {
    const labels = podLabels({
      namespace: pod.namespace,
      labels: pod.labels,
      namespaceLabels: labelsOf.get(keyOf(pod.clusterId, "Namespace", "", pod.namespace)) ?? {},
      serviceAccount: pod.serviceAccount,
      serviceAccountLabels:
        labelsOf.get(keyOf(pod.clusterId, "ServiceAccount", pod.namespace, pod.serviceAccount)) ?? {},
    });
    if (!isEndpoint(pod) || !matches(labels)) continue;
    const workloads =
      byCluster.get(pod.clusterId) ??
      new Map<string, { namespace: string; kind: string; name: string; pods: number }>();
    byCluster.set(pod.clusterId, workloads);
    const key = keyOf(pod.namespace, pod.workloadKind, pod.workloadName);
    const seen = workloads.get(key);
    workloads.set(key, {
      namespace: pod.namespace,
      kind: pod.workloadKind,
      name: pod.workloadName,
      pods: (seen?.pods ?? 0) + 1,
    });
  }
  return [...byCluster].map(([clusterId, workloads]) => ({
    clusterId,
    pods: [...workloads.values()].reduce((sum, each) => sum + each.pods, 0),
    workloads: [...workloads.values()].sort((a, b) =>
      `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`, "en"),
    ),
  }));
}
