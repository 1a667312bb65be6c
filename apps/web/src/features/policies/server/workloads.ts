import {
  loadMeshInventory,
  type InventoryPart,
  type MeshInventory,
  type MeshSourceOwner,
  type MeshSourcePod,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { InheritedLabels, SelectablePod } from "../model/selects";

/** What a policy's selectors are asked of. */
export interface Selectable {
  readonly pods: readonly SelectablePod[];
  readonly inherited: readonly InheritedLabels[];
}

const key = (clusterId: string, namespace: string, { kind, name }: MeshSourceOwner): string =>
  `${clusterId}\n${namespace}\n${kind}\n${name}`;

/** The workload that people know a pod by: its controller, or that one's controller, or the pod itself. */
function workloadOf(pod: MeshSourcePod, owners: ReadonlyMap<string, MeshSourceOwner>): MeshSourceOwner {
  if (pod.owner === null) return { kind: "Pod", name: pod.name };
  return owners.get(key(pod.clusterId, pod.namespace, pod.owner)) ?? pod.owner;
}

/** Pods with their workloads and the labels that they inherit, from what the compiler reads too. */
export function selectableOf(source: MeshInventory): Selectable {
  const owners = new Map(source.owned.map((each) => [key(each.clusterId, each.namespace, each), each.owner]));
  return {
    inherited: source.labelled,
    pods: source.pods.map((pod) => {
      const workload = workloadOf(pod, owners);
      const { clusterId, namespace, labels, serviceAccount, hostNetwork, phase } = pod;
      return {
        clusterId,
        namespace,
        labels,
        serviceAccount,
        hostNetwork,
        phase,
        workloadKind: workload.kind,
        workloadName: workload.name,
      };
    }),
  };
}

/** Reads what a policy's selectors are asked of. */
export const readSelectable = async (tx: OrganisationTransaction, part: InventoryPart): Promise<Selectable> =>
  selectableOf(await loadMeshInventory(tx, part));
