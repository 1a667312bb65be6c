/** A cluster as publications see it. */
export interface PublishingCluster {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly readOnly: boolean;
  /** Its first sync was whole once: before that nothing is written into it. */
  readonly joined: boolean;
  readonly network: string;
  /** Names of clusters whose pod ranges overlap with this one's. */
  readonly overlapsWith: readonly string[];
}

/** A namespace with its workloads. */
export interface NamespaceFacts {
  readonly clusterId: string;
  readonly namespace: string;
  readonly workloads: number;
  readonly pods: number;
}

interface Pair {
  readonly sourceClusterId: string;
  readonly namespace: string;
  readonly targetClusterId: string;
}

/** All that decides what can be published where. */
export interface OfferInput {
  readonly clusters: readonly PublishingCluster[];
  readonly namespaces: readonly NamespaceFacts[];
  readonly approved: readonly (Pair & { readonly approvedBy: string; readonly approvedAt: number })[];
  readonly published: readonly (Pair & { readonly workloads: number })[];
}

/** One namespace into one cluster: approved or not, and what bars it. */
export interface OfferTarget {
  readonly clusterId: string;
  readonly approved: { readonly by: string; readonly at: number } | null;
  /** Workloads that stand as network sets in the target now. */
  readonly published: number;
  /** Why nothing can be published there; null where it can. */
  readonly barred: string | null;
}

/** One namespace of a cluster with every cluster it could be published into. */
export interface PublicationOffer extends NamespaceFacts {
  /** Infrastructure of the cluster: rarely a peer of anybody, so it is listed last and never offered by default. */
  readonly system: boolean;
  readonly targets: readonly OfferTarget[];
}

const systemNamespaces = /^(kube-.*|calico-.*|tigera-.*|isthmus|local-path-storage)$/;

/** Whether a namespace is the cluster's own infrastructure. */
export const isSystemNamespace = (namespace: string): boolean => systemNamespaces.test(namespace);

function barredBetween(source: PublishingCluster, target: PublishingCluster): string | null {
  if (!target.joined) return `${target.name} has not joined yet`;
  if (target.readOnly) return `${target.name} is read only: it serves only crd.projectcalico.org/v1`;
  if (source.network !== target.network) return `${source.name} and ${target.name} share no routable network`;
  if (source.overlapsWith.includes(target.name)) return `pod ranges of ${source.name} and ${target.name} overlap`;
  return null;
}

const key = (pair: Pair): string => `${pair.sourceClusterId}\n${pair.namespace}\n${pair.targetClusterId}`;

/** Every namespace with workloads, and every namespace approved though it has none now, with its possible targets. */
export function publicationOffers(input: OfferInput): PublicationOffer[] {
  const { clusters, namespaces, approved, published } = input;
  const approvals = new Map(approved.map((each) => [key(each), each]));
  const counts = new Map(published.map((each) => [key(each), each.workloads]));
  const known = new Set(namespaces.map((each) => `${each.clusterId}\n${each.namespace}`));
  const empty = new Map(
    approved
      .filter((each) => !known.has(`${each.sourceClusterId}\n${each.namespace}`))
      .map((each) => [
        `${each.sourceClusterId}\n${each.namespace}`,
        { clusterId: each.sourceClusterId, namespace: each.namespace, workloads: 0, pods: 0 },
      ]),
  );
  const order = new Map(clusters.map((cluster) => [cluster.id, cluster.ordinal]));
  return [...namespaces, ...empty.values()]
    .flatMap((each) => {
      const source = clusters.find((cluster) => cluster.id === each.clusterId);
      if (!source) return [];
      const targets = clusters
        .filter((cluster) => cluster.id !== source.id)
        .map((target) => {
          const pair = key({ sourceClusterId: source.id, namespace: each.namespace, targetClusterId: target.id });
          const approval = approvals.get(pair);
          return {
            clusterId: target.id,
            approved: approval ? { by: approval.approvedBy, at: approval.approvedAt } : null,
            published: counts.get(pair) ?? 0,
            barred: barredBetween(source, target),
          };
        });
      return [{ ...each, system: isSystemNamespace(each.namespace), targets }];
    })
    .sort(
      (a, b) =>
        Number(a.system) - Number(b.system) ||
        (order.get(a.clusterId) ?? 0) - (order.get(b.clusterId) ?? 0) ||
        a.namespace.localeCompare(b.namespace, "en"),
    );
}
