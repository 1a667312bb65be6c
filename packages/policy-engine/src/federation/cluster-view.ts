import { groupBy } from "@isthmus/std";
import { podLabels } from "../model/labels";
import type { Labels } from "../model/resource";
import { formatAddress, parseAddress, type IpAddress } from "../net/address";
import { compileSelector, type LabelMap } from "../selector/evaluate";
import type { SelectorNode } from "../selector/ast";
import { printSelector } from "../selector/printer";
import { identityText } from "./names";
import type { MeshCluster, MeshPod, WorkloadIdentity } from "./types";

/** An address with its canonical text, which names it. */
export interface PodAddress {
  readonly ip: IpAddress;
  readonly text: string;
}

/** A pod as the compiler sees it. */
export interface PodView {
  readonly pod: MeshPod;
  readonly identity: WorkloadIdentity;
  /** The identity's text, which names it. */
  readonly identityKey: string;
  readonly labels: LabelMap;
  readonly addresses: readonly PodAddress[];
  /** Texts that are no addresses. */
  readonly unreadable: readonly string[];
}

/** A cluster with its pods ready to be matched. */
export interface ClusterView {
  readonly cluster: MeshCluster;
  readonly pods: readonly PodView[];
  /** The pods of each namespace that has any. */
  readonly podsIn: ReadonlyMap<string, readonly PodView[]>;
  readonly namespaces: ReadonlySet<string>;
  /** Which pods a selector over the mesh selects, by the selector's canonical text; filled as it is asked for. */
  readonly selections: Map<string, ReadonlySet<PodView>>;
}

const NO_LABELS: Labels = {};

function viewPod(cluster: MeshCluster, pod: MeshPod, labels: LabelMap): PodView {
  const identity: WorkloadIdentity = {
    sourceClusterId: cluster.id,
    namespace: pod.namespace,
    workloadKind: pod.workload.kind,
    workloadName: pod.workload.name,
  };
  const parsed = pod.addresses.map((text) => ({ text, ip: parseAddress(text) }));
  return {
    pod,
    labels,
    identity,
    identityKey: identityText(identity),
    addresses: parsed.flatMap(({ ip }) => (ip ? [{ ip, text: formatAddress(ip) }] : [])),
    unreadable: parsed.flatMap(({ text, ip }) => (ip ? [] : [text])),
  };
}

function viewPods(cluster: MeshCluster): readonly PodView[] {
  const namespaces = new Map(cluster.namespaces.map(({ name, labels }) => [name, labels]));
  const accounts =
    cluster.serviceAccounts && new Map(cluster.serviceAccounts.map((a) => [`${a.namespace}/${a.name}`, a.labels]));
  return cluster.pods.map((pod) => {
    const labels = podLabels({
      namespace: pod.namespace,
      labels: pod.labels,
      namespaceLabels: namespaces.get(pod.namespace) ?? NO_LABELS,
      serviceAccount: pod.serviceAccount,
      serviceAccountLabels: accounts ? accounts.get(`${pod.namespace}/${pod.serviceAccount}`) : NO_LABELS,
    });
    return viewPod(cluster, pod, labels);
  });
}

/** Pods are read when they are first asked for: where nothing is published nobody asks. */
function viewCluster(cluster: MeshCluster): ClusterView {
  let pods: readonly PodView[] | undefined;
  let podsIn: ReadonlyMap<string, readonly PodView[]> | undefined;
  return {
    cluster,
    namespaces: new Set(cluster.namespaces.map(({ name }) => name)),
    selections: new Map(),
    get pods() {
      return (pods ??= viewPods(cluster));
    },
    get podsIn() {
      return (podsIn ??= groupBy(this.pods, ({ pod }) => pod.namespace));
    },
  };
}

/** Views by the very cluster object: a cluster that did not change need not be read again. Never seen from outside. */
const views = new WeakMap<MeshCluster, ClusterView>();

/** The view of a cluster; the same for the same object, which callers never change. */
export function clusterView(cluster: MeshCluster): ClusterView {
  const known = views.get(cluster);
  if (known) return known;
  const view = viewCluster(cluster);
  views.set(cluster, view);
  return view;
}

/** The pods of the cluster that a selector over the mesh selects. */
export function selectedPods(view: ClusterView, selector: SelectorNode): ReadonlySet<PodView> {
  const text = printSelector(selector);
  const known = view.selections.get(text);
  if (known) return known;
  const matches = compileSelector(selector);
  const selected = new Set(view.pods.filter(({ labels }) => matches(labels)));
  view.selections.set(text, selected);
  return selected;
}
