import type { Endpoint } from "../evaluate/endpoint";
import type { World } from "../evaluate/world";
import type { IpAddress } from "../net/address";
import type { IpVersion } from "../sets/address-set";
import type { ClusterModel } from "./cluster-model";
import type { DenseColumn, Parents } from "./columns";
import { numberOf, Subjects, type ConnectivityView } from "./subjects";
import { VerdictColumns } from "./verdict-columns";

/** One address of an endpoint. */
export interface EndpointAddress {
  readonly endpoint: Endpoint;
  readonly address: IpAddress;
}

/** Addresses of endpoints of one cluster that nothing in the mesh tells apart. */
export interface EndClass {
  readonly kind: Endpoint["kind"];
  /** Place of its cluster in the mesh. */
  readonly cluster: number;
  readonly version: IpVersion;
  readonly members: readonly EndpointAddress[];
  /** Its class of addresses, as each cluster of the mesh sees it. */
  readonly seen: readonly number[];
  /** The node, where what it says to that node and its host endpoints is treated apart. */
  readonly node?: string;
  /** A policy that was not read may have a say. */
  readonly unreadable: boolean;
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

/** What an earlier run knows of a cluster: the same endpoints under other policies, its classes no finer. */
export interface EarlierCluster {
  readonly cluster: ClusterColumns;
  /** For each class the one that it was part of; undefined where the classes are the same. */
  readonly parents?: Parents;
}

/** Prepares the columns of a cluster. */
export function clusterColumns(model: ClusterModel, view: ConnectivityView, earlier?: EarlierCluster): ClusterColumns {
  const memory = { keys: model.tables.subjectKeys, ...(earlier && { earlier: earlier.cluster.subjects }) };
  const before = earlier && { columns: earlier.cluster.columns, ...(earlier.parents && { parents: earlier.parents }) };
  return {
    model,
    subjects: new Subjects(model.world, view, memory),
    columns: new VerdictColumns(model, before),
  };
}

/** Nodes that are treated apart: those with addresses, and those with host endpoints. */
function nodesApart({ nodes, hostEndpoints }: World): ReadonlySet<string> {
  const found = new Set(hostEndpoints.map(({ node }) => node));
  for (const address of nodes.addresses()) found.add(nodes.nodeAt(address) ?? "");
  return found;
}

/** Joins the addresses of one cluster's endpoints to classes. */
function classesOfCluster(
  clusters: readonly ClusterColumns[],
  cluster: number,
  { model, subjects, columns }: ClusterColumns,
) {
  const byKey = new Map<string, EndClass & { readonly members: EndpointAddress[] }>();
  const apart = nodesApart(model.world);
  for (const endpoint of [...model.world.endpoints, ...model.world.hostEndpoints]) {
    const [leaving, reaching] = [subjects.of(endpoint, "egress"), subjects.of(endpoint, "ingress")];
    const node = endpoint.node !== undefined && apart.has(endpoint.node) ? endpoint.node : undefined;
    for (const address of endpoint.addresses) {
      const seen = clusters.map((other) => other.model.classes.classOf(address));
      const own = seen[cluster] ?? 0;
      const [out, into] = [columns.keyOf(leaving, own), columns.keyOf(reaching, own)];
      const [from, to] = [columns.column(out, leaving, own), columns.column(into, reaching, own)];
      const unreadable = reaching.unreadable !== undefined;
      const key = `${seen.join(",")} ${node ?? ""} ${endpoint.kind} ${unreadable} ${numberOf(from)} ${numberOf(to)}`;
      const known = byKey.get(key);
      if (known) known.members.push({ endpoint, address });
      else {
        byKey.set(key, {
          kind: endpoint.kind,
          cluster,
          version: address.version,
          members: [{ endpoint, address }],
          seen,
          ...(node !== undefined && { node }),
          unreadable,
          egress: from,
          ingress: to,
        });
      }
    }
  }
  columns.settle();
  return [...byKey.values()];
}

/** Joins the addresses of all endpoints of a mesh to classes. */
export const endClasses = (clusters: readonly ClusterColumns[]): readonly EndClass[] =>
  clusters.flatMap((its, cluster) => classesOfCluster(clusters, cluster, its));
