import type { Prisma } from "../generated/client";
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

function whereOf(query: AuditFilter & Pick<AuditQuery, "before">): Prisma.AuditEntryWhereInput {
  const contains = query.text === undefined ? undefined : { contains: query.text, mode: "insensitive" as const };
  return {
    ...(query.before === undefined ? {} : { id: { lt: query.before } }),
    ...(query.actorId === undefined ? {} : { actorId: query.actorId }),
    ...(query.actionPrefix === undefined ? {} : { action: { startsWith: query.actionPrefix } }),
    ...(query.targetKind === undefined ? {} : { targetKind: query.targetKind }),
    ...(query.targetId === undefined ? {} : { targetId: query.targetId }),
    ...(contains ? { OR: [{ targetName: contains }, { actorName: contains }, { action: contains }] } : {}),
    at: { ...(query.from ? { gte: query.from } : {}), ...(query.to ? { lt: query.to } : {}) },
  };
}

/** Lines of the audit log, newest first. */
export async function listAudit(tx: OrganisationTransaction, query: AuditQuery): Promise<readonly AuditRecord[]> {
  const rows = await prismaOf(tx).auditEntry.findMany({
    where: whereOf(query),
    orderBy: { id: "desc" },
    take: query.limit,
  });
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
  const rows = await prismaOf(tx).auditEntry.findMany({
    where: { AND: [whereOf(query), { id: { gt: afterId, lte: throughId } }] },
    orderBy: { id: "asc" },
    take: limit,
  });
  return rows.map(chainedEntryOf);
}

/** How many lines fit, up to one of them. */
export const countAudit = (
  tx: OrganisationTransaction,
  { throughId, query }: Pick<AuditStretch, "throughId" | "query">,
): Promise<number> =>
  prismaOf(tx).auditEntry.count({ where: { AND: [whereOf(query ?? {}), { id: { lte: throughId } }] } });

/** The actors and actions that occur, for the filters. */
export async function listAuditFacets(tx: OrganisationTransaction): Promise<{
  readonly actors: readonly { readonly id: string; readonly name: string }[];
  readonly actions: readonly string[];
  readonly targetKinds: readonly string[];
}> {
  const rows = await prismaOf(tx).$queryRaw<
    { actor_id: string | null; actor_name: string; action: string; target_kind: string }[]
  >`
    select distinct on (actor_id, action, target_kind) actor_id, actor_name, action, target_kind
    from audit_entry order by actor_id, action, target_kind, id desc`;
  const actors = new Map(
    rows.flatMap((row) => (row.actor_id === null ? [] : [[row.actor_id, row.actor_name] as const])),
  );
  return {
    actors: [...actors].map(([id, name]) => ({ id, name })),
    actions: [...new Set(rows.map((row) => row.action))].sort(),
    targetKinds: [...new Set(rows.map((row) => row.target_kind))].sort(),
  };
}
