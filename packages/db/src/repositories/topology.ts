import { needsWhole } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** One end of an edge; a null cluster is an end outside every cluster. */
export interface TopologyEnd {
  readonly clusterId: string | null;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What was seen of an edge in a stretch of evidence. */
export interface SeenEdge {
  readonly source: TopologyEnd;
  readonly dest: TopologyEnd;
  readonly protocol: string;
  readonly port: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** Verdicts that the newest stretch had, by reporter. */
  readonly verdicts: { readonly source: readonly string[]; readonly destination: readonly string[] };
}

/** Widens the topology by what was seen; telling the same twice, or in another order, changes nothing. */
export async function mergeTopologyEdges(
  tx: OrganisationTransaction,
  edges: readonly (SeenEdge & { readonly id: string })[],
): Promise<void> {
  if (edges.length === 0) return;
  const rows = JSON.stringify(edges);
  await prismaOf(tx).$executeRaw`
    insert into topology_edge as e (id, organisation_id, source_cluster_id, source_kind, source_namespace, source_name,
      dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port, first_seen, last_seen, last_verdicts)
    select (r->>'id')::uuid, ${tx.organisationId}::uuid, (r->'source'->>'clusterId')::uuid, r->'source'->>'kind',
      r->'source'->>'namespace', r->'source'->>'name', (r->'dest'->>'clusterId')::uuid, r->'dest'->>'kind',
      r->'dest'->>'namespace', r->'dest'->>'name', r->>'protocol', (r->>'port')::integer,
      (r->>'firstSeen')::timestamptz, (r->>'lastSeen')::timestamptz, r->'verdicts'
    from jsonb_array_elements(${rows}::jsonb) as r
    on conflict (organisation_id, source_cluster_id, source_kind, source_namespace, source_name, dest_cluster_id,
      dest_kind, dest_namespace, dest_name, protocol, port) do update set
      first_seen = least(e.first_seen, excluded.first_seen),
      last_verdicts = case when excluded.last_seen >= e.last_seen then excluded.last_verdicts else e.last_verdicts end,
      last_seen = greatest(e.last_seen, excluded.last_seen)
    where e.first_seen > excluded.first_seen or e.last_seen < excluded.last_seen
      or (e.last_seen = excluded.last_seen and e.last_verdicts <> excluded.last_verdicts)`;
}

const topologyJob = "topology";

/** Up to when evidence was carried into the organisation's topology; undefined before the first time. */
export async function getTopologyCursor(tx: OrganisationTransaction): Promise<Date | undefined> {
  needsWhole(tx);
  const where = { organisationId_job: { organisationId: tx.organisationId, job: topologyJob } };
  return (await prismaOf(tx).jobCursor.findUnique({ where }))?.through;
}

/** Notes up to when evidence was carried into the organisation's topology; it never goes back. */
export async function putTopologyCursor(tx: OrganisationTransaction, through: Date): Promise<void> {
  await prismaOf(tx).$executeRaw`
    insert into job_cursor as c (organisation_id, job, through, updated_at)
    values (${tx.organisationId}::uuid, ${topologyJob}, ${through}, now())
    on conflict (organisation_id, job) do update
      set through = greatest(c.through, excluded.through), updated_at = excluded.updated_at`;
}

/** An edge as it is kept. */
export interface TopologyEdgeRecord {
  readonly id: string;
  readonly source: TopologyEnd;
  readonly dest: TopologyEnd;
  readonly protocol: string;
  readonly port: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly baseline: boolean;
  readonly annotation: string;
  readonly lastVerdicts: SeenEdge["verdicts"];
}

/** The edges of the organisation, or those with an end in one cluster; by protocol, port and names. */
export async function listTopologyEdges(
  tx: OrganisationTransaction,
  { clusterId }: { readonly clusterId?: string } = {},
): Promise<readonly TopologyEdgeRecord[]> {
  needsWhole(tx);
  const rows = await prismaOf(tx).topologyEdge.findMany({
    ...(clusterId === undefined
      ? {}
      : { where: { OR: [{ sourceClusterId: clusterId }, { destClusterId: clusterId }] } }),
    orderBy: [{ protocol: "asc" }, { port: "asc" }, { sourceName: "asc" }, { destName: "asc" }],
  });
  return rows.map((row) => ({
    id: row.id,
    source: {
      clusterId: row.sourceClusterId,
      kind: row.sourceKind,
      namespace: row.sourceNamespace,
      name: row.sourceName,
    },
    dest: { clusterId: row.destClusterId, kind: row.destKind, namespace: row.destNamespace, name: row.destName },
    protocol: row.protocol,
    port: row.port,
    firstSeen: row.firstSeen,
    lastSeen: row.lastSeen,
    baseline: row.baseline,
    annotation: row.annotation,
    // INVARIANT: only mergeTopologyEdges writes this column.
    lastVerdicts: row.lastVerdicts as unknown as SeenEdge["verdicts"],
  }));
}
