import { Prisma } from "../generated/client";
import { prismaOf, type OrganisationTransaction } from "../transaction";
import { chainedEntryOf, type StoredAuditEntry } from "./audit-chain";

/** Who acted. An agent acts with its credential, the system by itself. */
export interface AuditActor {
  readonly kind: "person" | "agent" | "system";
  readonly id: string | null;
  readonly name: string;
}

/** What changed: `before` and `after` are the parts that differ; neither ever holds a secret. */
export interface AuditDetail {
  readonly before?: unknown;
  readonly after?: unknown;
  readonly note?: string;
}

/** One line of the audit log. */
export interface AuditRecord {
  readonly id: bigint;
  /** Its place in the organisation's chain, from 1; null for lines from before there was one. */
  readonly seq: bigint | null;
  readonly at: Date;
  readonly actor: AuditActor;
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly detail: AuditDetail;
  readonly ip: string;
}

/** What lines are of interest. */
export interface AuditFilter {
  readonly actorId?: string;
  readonly actionPrefix?: string;
  readonly targetKind?: string;
  readonly targetId?: string;
  /** Text in the target's name, the actor's name or the action. */
  readonly text?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** Which lines to read; `before` is the id of the last line of the page before. */
export interface AuditQuery extends AuditFilter {
  readonly before?: bigint;
  readonly limit: number;
}

/** Which of the lines that fit: those with ids between two, and how many of them from which end. */
interface Stretch {
  readonly after?: bigint;
  readonly before?: bigint;
  readonly oldestFirst: boolean;
  readonly limit: number;
}

/** A prefix as the actions that begin with it: they are few, and equality alone is looked up in an index here. */
async function actionsOf(tx: OrganisationTransaction, { actionPrefix }: AuditFilter) {
  if (actionPrefix === undefined) return undefined;
  return (await distinct(tx, "action")).filter((action) => action.startsWith(actionPrefix));
}

function whereOf(
  { actorId, targetKind, targetId, from, to }: AuditFilter,
  { after, before }: Partial<Stretch>,
  actions: readonly string[] | undefined,
): Prisma.AuditEntryWhereInput {
  return {
    ...(actions === undefined ? {} : { action: { in: [...actions] } }),
    ...(actorId === undefined ? {} : { actorId }),
    ...(targetKind === undefined ? {} : { targetKind }),
    ...(targetId === undefined ? {} : { targetId }),
    id: { ...(after === undefined ? {} : { gt: after }), ...(before === undefined ? {} : { lt: before }) },
    at: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) },
  };
}

/** The ids that hold the text and fit the rest, as a query of one column, by an index that row-level security keeps from
 * this role; the lines are then read as any others. */
function idsWithText(
  { text = "", actorId, targetKind, targetId, from, to }: AuditFilter,
  { after, before, oldestFirst, limit }: Partial<Stretch>,
  actions: readonly string[] | undefined,
) {
  return Prisma.sql`find_audit_entries(
    ${text}, ${actorId ?? null}, ${actions ?? null}::text[], ${targetKind ?? null}, ${targetId ?? null},
    ${from ?? null}::timestamptz, ${to ?? null}::timestamptz, ${after ?? null}::bigint, ${before ?? null}::bigint,
    ${oldestFirst ?? false}::boolean, ${limit ?? null}::bigint)`;
}

async function findRows(tx: OrganisationTransaction, filter: AuditFilter, stretch: Stretch) {
  const prisma = prismaOf(tx);
  const actions = await actionsOf(tx, filter);
  const orderBy = { id: stretch.oldestFirst ? "asc" : "desc" } as const;
  if (filter.text === undefined) {
    return prisma.auditEntry.findMany({ where: whereOf(filter, stretch, actions), orderBy, take: stretch.limit });
  }
  const found = await prisma.$queryRaw<{ id: bigint }[]>`
    select found as id from ${idsWithText(filter, stretch, actions)} found`;
  return prisma.auditEntry.findMany({ where: { id: { in: found.map(({ id }) => id) } }, orderBy });
}

/** Lines of the audit log, newest first. */
export async function listAudit(tx: OrganisationTransaction, query: AuditQuery): Promise<readonly AuditRecord[]> {
  const { before, limit } = query;
  const rows = await findRows(tx, query, { ...(before === undefined ? {} : { before }), oldestFirst: false, limit });
  return rows.map((row) => ({
    id: row.id,
    seq: row.seq,
    at: row.at,
    actor: { kind: row.actorKind as AuditActor["kind"], id: row.actorId, name: row.actorName },
    action: row.action,
    target: { kind: row.targetKind, id: row.targetId, name: row.targetName },
    detail: (row.detail ?? {}) as AuditDetail,
    ip: row.ip,
  }));
}

/** A stretch of the log in the order in which it was written: what fits the query after one line, up to another. */
export interface AuditStretch {
  readonly afterId: bigint;
  readonly throughId: bigint;
  readonly limit: number;
  readonly query?: AuditFilter;
}

/** Lines as the chain was made over them, oldest first. */
export async function listAuditChain(
  tx: OrganisationTransaction,
  { afterId, throughId, limit, query = {} }: AuditStretch,
): Promise<readonly StoredAuditEntry[]> {
  const stretch = { after: afterId, before: throughId + 1n, oldestFirst: true, limit };
  return (await findRows(tx, query, stretch)).map(chainedEntryOf);
}

/** How many lines fit, up to one of them. */
export async function countAudit(
  tx: OrganisationTransaction,
  { throughId, query = {} }: Pick<AuditStretch, "throughId" | "query">,
): Promise<number> {
  const prisma = prismaOf(tx);
  const stretch = { before: throughId + 1n };
  const actions = await actionsOf(tx, query);
  if (query.text === undefined) return prisma.auditEntry.count({ where: whereOf(query, stretch, actions) });
  const [counted] = await prisma.$queryRaw<{ lines: bigint }[]>`
    select count(*) as lines from ${idsWithText(query, stretch, actions)} found`;
  return Number(counted?.lines ?? 0n);
}

/** Values that a column takes, each found by one step in its index: the log may have millions of lines. */
async function distinct(tx: OrganisationTransaction, column: "action" | "target_kind"): Promise<readonly string[]> {
  const { organisationId } = tx;
  const rows =
    column === "action"
      ? await prismaOf(tx).$queryRaw<{ value: string | null }[]>`
          with recursive found (value) as (
            (select e.action from audit_entry e where e.organisation_id = ${organisationId}::uuid
             order by e.action limit 1)
            union all
            select (select e.action from audit_entry e
                    where e.organisation_id = ${organisationId}::uuid and e.action > found.value
                    order by e.action limit 1)
            from found where found.value is not null
          ) select value from found limit 1000`
      : await prismaOf(tx).$queryRaw<{ value: string | null }[]>`
          with recursive found (value) as (
            (select e.target_kind from audit_entry e where e.organisation_id = ${organisationId}::uuid
             order by e.target_kind limit 1)
            union all
            select (select e.target_kind from audit_entry e
                    where e.organisation_id = ${organisationId}::uuid and e.target_kind > found.value
                    order by e.target_kind limit 1)
            from found where found.value is not null
          ) select value from found limit 1000`;
  return rows.flatMap(({ value }) => value ?? []);
}

/** Actors with the names that they bore last, at most five hundred. */
async function listActors(tx: OrganisationTransaction) {
  const rows = await prismaOf(tx).$queryRaw<{ id: string | null; name: string }[]>`
    with recursive found (id) as (
      (select e.actor_id from audit_entry e
       where e.organisation_id = ${tx.organisationId}::uuid and e.actor_id is not null order by e.actor_id limit 1)
      union all
      select (select e.actor_id from audit_entry e
              where e.organisation_id = ${tx.organisationId}::uuid and e.actor_id > found.id
              order by e.actor_id limit 1)
      from found where found.id is not null
    )
    select found.id, (select e.actor_name from audit_entry e
                      where e.organisation_id = ${tx.organisationId}::uuid and e.actor_id = found.id
                      order by e.id desc limit 1) as name
    from found where found.id is not null limit 500`;
  return rows.flatMap(({ id, name }) => (id === null ? [] : [{ id, name }]));
}

/** The actors and actions that occur, for the filters. */
export async function listAuditFacets(tx: OrganisationTransaction): Promise<{
  readonly actors: readonly { readonly id: string; readonly name: string }[];
  readonly actions: readonly string[];
  readonly targetKinds: readonly string[];
}> {
  const actors = await listActors(tx);
  const actions = [...(await distinct(tx, "action"))].sort();
  const targetKinds = [...(await distinct(tx, "target_kind"))].sort();
  return { actors, actions, targetKinds };
}
