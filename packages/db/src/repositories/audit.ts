import type { Prisma } from "../generated/client";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";

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

/** One act, to be written in the transaction that does it. */
export interface NewAuditEntry {
  readonly actor: AuditActor;
  /** Noun and verb, as "policy.apply". */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly detail?: AuditDetail;
  readonly ip?: string;
  readonly at: Date;
}

/** One line of the audit log. */
export interface AuditRecord {
  readonly id: bigint;
  readonly at: Date;
  readonly actor: AuditActor;
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly detail: AuditDetail;
  readonly ip: string;
}

/** Which lines to read; `before` is the id of the last line of the page before. */
export interface AuditQuery {
  readonly before?: bigint;
  readonly limit: number;
  readonly actorId?: string;
  readonly actionPrefix?: string;
  readonly targetKind?: string;
  readonly targetId?: string;
  /** Text in the target's name, the actor's name or the action. */
  readonly text?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** Appends a line and announces it; the table refuses every change of a line. */
export async function appendAudit(tx: OrganisationTransaction, entry: NewAuditEntry): Promise<void> {
  await prismaOf(tx).auditEntry.create({
    data: {
      organisationId: tx.organisationId,
      at: entry.at,
      actorKind: entry.actor.kind,
      actorId: entry.actor.id,
      actorName: entry.actor.name,
      action: entry.action,
      targetKind: entry.target.kind,
      targetId: entry.target.id,
      targetName: entry.target.name,
      detail: (entry.detail ?? {}) as Prisma.InputJsonObject,
      ip: entry.ip ?? "",
    },
    select: { id: true },
  });
  await publish(tx, { topic: "audit", id: entry.target.id });
}

function whereOf(query: AuditQuery): Prisma.AuditEntryWhereInput {
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
    at: row.at,
    actor: { kind: row.actorKind as AuditActor["kind"], id: row.actorId, name: row.actorName },
    action: row.action,
    target: { kind: row.targetKind, id: row.targetId, name: row.targetName },
    detail: (row.detail ?? {}) as AuditDetail,
    ip: row.ip,
  }));
}

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
