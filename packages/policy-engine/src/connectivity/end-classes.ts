import type { Endpoint } from "../evaluate/endpoint";
import type { IpAddress } from "../net/address";
import type { IpVersion } from "../sets/address-set";
import type { ClusterModel } from "./cluster-model";
import type { DenseColumn } from "./columns";
import { Subjects, type ConnectivityView } from "./subjects";
import { VerdictColumns } from "./verdict-columns";

/** One address of an endpoint. */
export interface EndpointAddress {
  readonly endpoint: Endpoint;
  readonly address: IpAddress;
}

/** Addresses of endpoints of one cluster that nothing in the mesh tells apart. */
export interface EndClass {
  /** Place of its cluster in the mesh. */
  readonly cluster: number;
  readonly version: IpVersion;
  readonly members: readonly EndpointAddress[];
  /** Its class of addresses, as each cluster of the mesh sees it. */
  readonly seen: readonly number[];
  /** What may leave it, for each class of the destination's address as its own cluster sees it; and what may reach it. */
  readonly egress: DenseColumn;
  readonly ingress: DenseColumn;
}

/** One cluster with what is worked out for its endpoints. */
export interface ClusterColumns {
  readonly model: ClusterModel;
  readonly subjects: Subjects;
  readonly columns: VerdictColumns;
}

/** Prepares the columns of a cluster. */
export const clusterColumns = (
  model: ClusterModel,
  view: ConnectivityView,
  earlier: (key: string) => DenseColumn | undefined,
): ClusterColumns => ({
  model,
  subjects: new Subjects(model.world, view),
  columns: new VerdictColumns(model, earlier),
});

/** Joins the addresses of all endpoints of a mesh to classes. */
export function endClasses(clusters: readonly ClusterColumns[]): readonly EndClass[] {
  const byKey = new Map<string, EndClass & { readonly members: EndpointAddress[] }>();
  for (const [cluster, { model, subjects, columns }] of clusters.entries()) {
    const keys = new Map<string, string>();
    for (const endpoint of model.world.endpoints) {
      const [leaving, reaching] = [subjects.of(endpoint, "egress"), subjects.of(endpoint, "ingress")];
      for (const address of endpoint.addresses) {
        const seen = clusters.map((other) => other.model.classes.classOf(address));
        const own = seen[cluster] ?? 0;
        const columnKey = (subject: typeof leaving): string => {
          const at = `${own} ${subject.key}`;
          let known = keys.get(at);
          if (known === undefined) keys.set(at, (known = columns.keyOf(subject, own)));
          return known;
        };
        const [egressKey, ingressKey] = [columnKey(leaving), columnKey(reaching)];
        const key = `${cluster} ${seen.join(",")} ${egressKey} ${ingressKey}`;
        const known = byKey.get(key);
        if (known) known.members.push({ endpoint, address });
        else {
          byKey.set(key, {
            cluster,
            version: address.version,
            members: [{ endpoint, address }],
            seen,
            egress: columns.column(egressKey, leaving, own),
            ingress: columns.column(ingressKey, reaching, own),
          });
        }
      }
    }
  }
  return [...byKey.values()];
}
