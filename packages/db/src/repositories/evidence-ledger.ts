import { needsWhole } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";
import type { SessionLease } from "./agent-session";

/** Buckets from (inclusive) to (exclusive), in Unix seconds. */
export type BucketRange = readonly [from: number, to: number];

/** A bucket of which some parts are stored. */
export interface PartialBucket {
  /** Unix seconds. */
  readonly bucket: number;
  /** Which making of the bucket the parts are of; empty where its agent did not say. */
  readonly build: string;
  readonly parts: number;
  readonly stored: readonly number[];
  /** Rows in the stored parts. */
  readonly rows: number;
  /** Rows of another making are stored too: what comes is settled against them row by row. */
  readonly settles: boolean;
}

/** What of one incarnation of a cluster's source is stored, or known to be lost. */
export interface EvidenceProgress {
  readonly clusterId: string;
  readonly incarnation: string;
  readonly stored: readonly BucketRange[];
  readonly lost: readonly BucketRange[];
  readonly partial: readonly PartialBucket[];
  /** Additions that are stored, as "bucket/correction/part". */
  readonly additions: readonly string[];
}

/** One batch within an insert: what it says it is, and how many rows of it the insert holds. */
export interface InsertEntry {
  readonly clusterId: string;
  readonly incarnation: string;
  /** Unix seconds. */
  readonly bucket: number;
  readonly part: number;
  readonly parts: number;
  /** Under which number its rows are stored. */
  readonly correction: number;
  readonly build: string;
  readonly rows: number;
  /** What it was sent as: a part of a bucket, an addition to one, or what the source says of one now. */
  readonly kind: "part" | "addition" | "restatement";
  /** It has first to be compared with what is stored: nothing of the insert is sent while this stands. */
  readonly isUnsent?: boolean;
  /** The number it was sent with; other than `correction` where it was settled against what is stored. */
  readonly sentCorrection: number;
}

/** An insert into ClickHouse of which it is not yet known how it ended. */
export interface EvidenceInsert {
  readonly id: string;
  readonly gatewayId: string;
  /** By ClickHouse's clock. */
  readonly deadline: Date;
  readonly entries: readonly InsertEntry[];
}

/** Which of these sessions hold their clusters' leases, as "cluster/term"; none can be taken before the transaction ends. */
export async function holdAgentLeases(
  tx: OrganisationTransaction,
  leases: readonly SessionLease[],
): Promise<ReadonlySet<string>> {
  const wanted = JSON.stringify(leases.map(({ clusterId, leaseTerm }) => ({ id: clusterId, term: `${leaseTerm}` })));
  const rows = await prismaOf(tx).$queryRaw<{ held: string }[]>`
    select concat(s.cluster_id, '/', s.lease_term) as held
    from cluster_session s join jsonb_to_recordset(${wanted}::jsonb) as w(id uuid, term bigint)
      on s.cluster_id = w.id and s.lease_term = w.term
    order by s.cluster_id for share of s`;
  return new Set(rows.map(({ held }) => held));
}

/**
 * Takes the ledgers of clusters until the transaction ends, and tells which insert is open for each (null: none). A
 * cluster that is absent has no ledger yet.
 */
export async function takeEvidenceLedgers(
  tx: OrganisationTransaction,
  clusterIds: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  needsWhole(tx);
  const rows = await prismaOf(tx).$queryRaw<{ id: string; open: string | null }[]>`
    select cluster_id::text as id, open_insert::text as open from evidence_ledger
    where cluster_id = any(${[...clusterIds]}::uuid[]) order by cluster_id for update`;
  return new Map(rows.map(({ id, open }) => [id, open]));
}

/** Begins a cluster's ledger with what is known to be stored; where it has one already nothing changes. */
export async function beginEvidenceLedger(
  tx: OrganisationTransaction,
  { clusterId, progress }: { readonly clusterId: string; readonly progress: readonly EvidenceProgress[] },
): Promise<void> {
  const begun = await prismaOf(tx).$executeRaw`
    insert into evidence_ledger (cluster_id, organisation_id) values (${clusterId}::uuid, ${tx.organisationId}::uuid)
    on conflict (cluster_id) do nothing`;
  if (begun === 1) await storeEvidenceProgress(tx, progress);
}

/** Incarnations of which a session is told: of older ones no source can still send anything. */
const NEWEST = 20;

/** Whether a cluster has a ledger, whether it was ever connected, and what is known of its newest incarnations. */
export async function findEvidenceLedger(
  tx: OrganisationTransaction,
  clusterId: string,
): Promise<{ readonly isBegun: boolean; readonly hasJoined: boolean; readonly progress: readonly EvidenceProgress[] }> {
  needsWhole(tx);
  const [row] = await prismaOf(tx).$queryRaw<{ begun: boolean; joined: boolean }[]>`
    select l.cluster_id is not null as begun, c.joined_at is not null as joined
    from cluster c left join evidence_ledger l on l.cluster_id = c.id where c.id = ${clusterId}::uuid`;
  const progress = await prismaOf(tx).$queryRaw<EvidenceProgress[]>`
    select cluster_id::text as "clusterId", incarnation, stored, lost, partial, additions from evidence_progress
    where cluster_id = ${clusterId}::uuid order by through desc, incarnation limit ${NEWEST}`;
  return { isBegun: row?.begun === true, hasJoined: row?.joined === true, progress };
}

/** Names one incarnation of a cluster's source. */
export type ProgressKey = Pick<EvidenceProgress, "clusterId" | "incarnation">;

/** What is known of some incarnations; those of which nothing is known are absent. */
export async function listEvidenceProgress(
  tx: OrganisationTransaction,
  keys: readonly ProgressKey[],
): Promise<readonly EvidenceProgress[]> {
  needsWhole(tx);
  const wanted = JSON.stringify(keys.map(({ clusterId, incarnation }) => ({ cluster: clusterId, incarnation })));
  return await prismaOf(tx).$queryRaw<EvidenceProgress[]>`
    select distinct on (p.cluster_id, p.incarnation) p.cluster_id::text as "clusterId", p.incarnation, p.stored, p.lost,
      p.partial, p.additions
    from evidence_progress p join jsonb_to_recordset(${wanted}::jsonb) as w(cluster uuid, incarnation text)
      on p.cluster_id = w.cluster and p.incarnation = w.incarnation`;
}

/** Writes what is known of some incarnations; the caller holds their clusters' ledgers. */
export async function storeEvidenceProgress(
  tx: OrganisationTransaction,
  progress: readonly EvidenceProgress[],
): Promise<void> {
  if (progress.length === 0) return;
  const rows = JSON.stringify(progress.map((each) => ({ ...each, through: throughOf(each) })));
  await prismaOf(tx).$executeRaw`
    insert into evidence_progress (cluster_id, organisation_id, incarnation, stored, lost, partial, additions, through)
    select r."clusterId", ${tx.organisationId}::uuid, r.incarnation, r.stored, r.lost, r.partial, r.additions, r.through
    from jsonb_to_recordset(${rows}::jsonb) as r("clusterId" uuid, incarnation text, stored jsonb, lost jsonb,
      partial jsonb, additions jsonb, through bigint)
    on conflict (cluster_id, incarnation) do update set stored = excluded.stored, lost = excluded.lost,
      partial = excluded.partial, additions = excluded.additions, through = excluded.through`;
}

function throughOf({ stored, lost, partial, additions }: EvidenceProgress): number {
  const ends = [...stored.map(([, to]) => to), ...lost.map(([, to]) => to), ...partial.map(({ bucket }) => bucket)];
  const added = additions.map((addition) => Number(addition.split("/")[0]));
  return [...ends, ...added].reduce((latest, each) => Math.max(latest, each), 0);
}

/** Opens an insert for batches of clusters whose ledgers the transaction holds. */
export async function openEvidenceInsert(tx: OrganisationTransaction, insert: EvidenceInsert): Promise<void> {
  const { id, gatewayId, deadline, entries } = insert;
  await prismaOf(tx).$executeRaw`
    insert into evidence_insert (id, organisation_id, gateway_id, deadline, entries)
    values (${id}::uuid, ${tx.organisationId}::uuid, ${gatewayId}, ${deadline}, ${JSON.stringify(entries)}::jsonb)`;
  const clusters = [...new Set(entries.map(({ clusterId }) => clusterId))];
  await prismaOf(tx).$executeRaw`
    update evidence_ledger set open_insert = ${id}::uuid where cluster_id = any(${clusters}::uuid[])`;
}

/** Says anew what an open insert holds, before it is sent; false where somebody has ended it. */
export async function restateEvidenceInsert(
  tx: OrganisationTransaction,
  { id, entries }: Pick<EvidenceInsert, "id" | "entries">,
): Promise<boolean> {
  const changed = await prismaOf(tx).$executeRaw`
    update evidence_insert set entries = ${JSON.stringify(entries)}::jsonb where id = ${id}::uuid`;
  return changed === 1;
}

/** Ends an insert, so that others may begin for its clusters; false where somebody has ended it before. */
export async function endEvidenceInsert(tx: OrganisationTransaction, id: string): Promise<boolean> {
  const prisma = prismaOf(tx);
  await prisma.$queryRaw`
    select 1 as held from evidence_ledger where open_insert = ${id}::uuid order by cluster_id for update`;
  const ended = await prisma.$executeRaw`delete from evidence_insert where id = ${id}::uuid`;
  await prisma.$executeRaw`update evidence_ledger set open_insert = null where open_insert = ${id}::uuid`;
  return ended === 1;
}

/** Inserts whose deadline is over; by `before`, which the caller takes from ClickHouse's clock. */
export async function listOverdueEvidenceInserts(
  tx: OrganisationTransaction,
  { before }: { readonly before: Date },
): Promise<readonly EvidenceInsert[]> {
  needsWhole(tx);
  return await prismaOf(tx).$queryRaw<EvidenceInsert[]>`
    select id::text, gateway_id as "gatewayId", deadline, entries from evidence_insert
    where deadline < ${before} order by deadline limit 100`;
}

/** Forgets incarnations of which everything is older than `before`, in Unix seconds: what comes of them is expired. */
export async function pruneEvidenceProgress(
  tx: OrganisationTransaction,
  { before }: { readonly before: number },
): Promise<void> {
  await prismaOf(tx).$executeRaw`delete from evidence_progress where through < ${before}`;
}
