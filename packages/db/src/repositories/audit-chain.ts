import { CHAIN_START, entryHash, storableDetail, storableText, type AuditEntry } from "@isthmus/audit";
import type { AuditEntry as Row } from "../generated/client";
import { doLast, prismaOf, publish, type OrganisationTransaction } from "../transaction";
import type { AuditActor, AuditDetail } from "./audit";

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

const waiting = new WeakMap<OrganisationTransaction, NewAuditEntry[]>();

/**
 * Appends a line to the organisation's chain and announces it; the table refuses every change of a line. It is written
 * when the transaction is about to commit, and not at all where it fails before.
 */
export function appendAudit(tx: OrganisationTransaction, entry: NewAuditEntry): Promise<void> {
  const before = waiting.get(tx);
  if (before !== undefined) before.push(entry);
  else {
    const entries = [entry];
    waiting.set(tx, entries);
    doLast(tx, () => chainUp(tx, entries));
  }
  return Promise.resolve();
}

/**
 * INVARIANT: the head of the chain is the last lock that a transaction takes, so that no two wait for each other over it,
 * and those of one organisation wait for each other no longer than these statements take.
 */
async function chainUp(tx: OrganisationTransaction, entries: readonly NewAuditEntry[]): Promise<void> {
  const prisma = prismaOf(tx);
  const heads = await prisma.$queryRaw<{ seq: bigint; hash: string }[]>`
    insert into audit_head (organisation_id, seq, hash) values (${tx.organisationId}::uuid, 0, ${CHAIN_START})
    on conflict (organisation_id) do update set seq = audit_head.seq returning seq, hash`;
  let { seq, hash } = heads[0] ?? { seq: 0n, hash: CHAIN_START };
  const data = entries.map((entry) => {
    const content = contentOf(entry);
    const prev = hash;
    seq += 1n;
    hash = entryHash(content, { seq: Number(seq), prev });
    return { ...columnsOf(content), seq: `${seq}`, prev, hash };
  });
  // A fleet's plan is a thousand lines, which as parameters would be fourteen thousand.
  await prisma.$executeRaw`
    insert into audit_entry (organisation_id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id,
      target_name, detail, ip, seq, prev_hash, hash)
    select ${tx.organisationId}::uuid, at, "actorKind", "actorId", "actorName", action, "targetKind", "targetId",
      "targetName", detail, ip, seq, prev, hash
    from jsonb_to_recordset(${JSON.stringify(data)}::jsonb) as r(at timestamptz, "actorKind" text, "actorId" text,
      "actorName" text, action text, "targetKind" text, "targetId" text, "targetName" text, detail jsonb, ip text,
      seq bigint, prev text, hash text)`;
  await prisma.auditHead.update({ where: { organisationId: tx.organisationId }, data: { seq, hash } });
  await publish(tx, ...entries.map(({ target }) => ({ topic: "audit" as const, id: target.id })));
}

function contentOf({ at, actor, action, target, detail, ip = "" }: NewAuditEntry) {
  return {
    at: at.toISOString(),
    actor: { kind: actor.kind, id: actor.id === null ? null : storableText(actor.id), name: storableText(actor.name) },
    action: storableText(action),
    target: { kind: storableText(target.kind), id: storableText(target.id), name: storableText(target.name) },
    detail: storableDetail(detail),
    ip: storableText(ip),
  };
}

function columnsOf({ at, actor, action, target, detail, ip }: ReturnType<typeof contentOf>) {
  return {
    at,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    action,
    targetKind: target.kind,
    targetId: target.id,
    targetName: target.name,
    detail,
    ip,
  };
}

/** The end of an organisation's chain, and the id of the newest line at the same moment. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  readonly newestId: bigint;
}

/** The head of the chain; undefined where the organisation has none yet. */
export async function findAuditHead(tx: OrganisationTransaction): Promise<AuditHead | undefined> {
  const rows = await prismaOf(tx).$queryRaw<{ seq: bigint; hash: string; newest: bigint | null }[]>`
    select h.seq, h.hash, (select max(e.id) from audit_entry e where e.organisation_id = h.organisation_id) as newest
    from audit_head h where h.organisation_id = ${tx.organisationId}::uuid`;
  return rows[0] && { seq: Number(rows[0].seq), hash: rows[0].hash, newestId: rows[0].newest ?? 0n };
}

/** A line as the chain was made over it, with the id by which to go on. */
export interface StoredAuditEntry extends AuditEntry {
  readonly id: bigint;
}

/** Reads a row as the chain was made over it. */
export function chainedEntryOf(row: Row): StoredAuditEntry {
  const { seq, prevHash, hash } = row;
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    action: row.action,
    target: { kind: row.targetKind, id: row.targetId, name: row.targetName },
    detail: storableDetail(row.detail),
    ip: row.ip,
    place: seq === null || prevHash === null || hash === null ? undefined : { seq: Number(seq), prev: prevHash, hash },
  };
}
