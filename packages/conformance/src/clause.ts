import type { Workspace } from "./workspace";

/** What a cluster must have for a clause to be asked of it. */
export type Need =
  /** Controllers, a scheduler and something that runs pods. */
  | "workloads"
  /** Calico's resources as `projectcalico.org/v3`, aggregated or native. */
  | "calico"
  /** Calico's resources as `projectcalico.org/v3` served by the API server itself, with its own validation. */
  | "calico-native"
  /** The same served by Calico's own API server, which checks every object by all of Calico's rules. */
  | "calico-aggregated"
  /** Calico's storage, `crd.projectcalico.org/v1`, which is read where nothing else is served. */
  | "calico-storage"
  /** Tiers, which Calico has since 3.29. */
  | "calico-tiers"
  /** Staged policies, which Calico has since 3.30. */
  | "calico-staged"
  /** `policy.networking.k8s.io/v1alpha2` ClusterNetworkPolicy. */
  | "cluster-network-policy"
  /** A Goldmane that the run was told how to reach. */
  | "goldmane"
  /** The same with flows in the quarter of an hour that ended two minutes ago. */
  | "goldmane-flows"
  /** The same with its service Statistics. */
  | "goldmane-statistics";

/** One promise of the Kubernetes API, or of Calico's, that the agent or its operators rely on. */
export interface Clause {
  /** `area/what-it-says`, unique and lasting: reports of different versions are compared by it. */
  readonly id: string;
  /** What must hold, as one sentence. */
  readonly says: string;
  /** Where it is promised. */
  readonly source: string;
  readonly needs: readonly Need[];
  /** Resolves where the promise is kept; throws a {@link ClauseBroken} that says what was seen instead. */
  readonly check: (workspace: Workspace) => Promise<void>;
}

/** The cluster did otherwise than the clause says. */
export class ClauseBroken extends Error {
  override readonly name = "ClauseBroken";
}

/** Declares the clauses of one area, each promised at the same place unless it names another. */
export function clausesOf(
  area: string,
  source: string,
  clauses: Readonly<
    Record<string, Omit<Clause, "id" | "source" | "needs"> & Partial<Pick<Clause, "source" | "needs">>>
  >,
): readonly Clause[] {
  return Object.entries(clauses).map(([name, clause]) => ({ source, needs: [], ...clause, id: `${area}/${name}` }));
}
