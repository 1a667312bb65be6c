import type { Prisma } from "../generated/client";
import { needsWhole } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";
import { labelsOf } from "./clusters";

/** How far a redemption has come. A gateway's refusal may be followed by success; a person's is final. */
export type RedemptionState = "waiting" | "approved" | "completed" | "refused";

/** A cluster and key that showed the secret of a grant. */
export interface RedemptionRecord {
  readonly id: string;
  readonly grantId: string;
  /** Null until it is completed. */
  readonly clusterId: string | null;
  readonly clusterName: string | null;
  readonly clusterUid: string;
  /** Ed25519, 32 raw bytes. */
  readonly publicKey: Uint8Array;
  readonly agentVersion: string;
  readonly instance: string;
  readonly remoteAddress: string;
  readonly state: RedemptionState;
  /** The code of a gateway's refusal; empty otherwise. */
  readonly reason: string;
  readonly initiatedAt: Date;
  readonly lastAttemptAt: Date;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly completedAt: Date | null;
  readonly grant: RedemptionGrant;
}

/** The grant that was redeemed, or is to be. */
export interface RedemptionGrant {
  /** Null for a grant that makes clusters. */
  readonly clusterId: string | null;
  readonly clusterName: string | null;
  readonly namePrefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly redemptionsAllowed: number;
  readonly redemptionsUsed: number;
}

/** One attempt at a grant by an agent that has proved its key and shown the grant's secret. */
export interface RedemptionAttempt {
  readonly grantId: string;
  readonly clusterUid: string;
  readonly publicKey: Uint8Array;
  readonly agentVersion: string;
  readonly instance: string;
  readonly remoteAddress: string;
  readonly at: Date;
}

/** What is written down of an attempt. */
export type RedemptionNote =
  | { readonly state: "waiting" }
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "completed"; readonly clusterId: string };

/** How many redemptions of a grant may wait for a person. */
export const MAX_WAITING_REDEMPTIONS = 100;
/** How many that gateways refused are kept of a grant, the newest. */
const REFUSED_KEPT = 100;
/** An agent that asks again and again is written down this seldom. */
const SAME_ATTEMPT_MS = 60_000;

/** Writes down what came of an attempt; what a person has decided stays. `id` is for a row that is new. */
export async function noteRedemption(
  tx: OrganisationTransaction,
  attempt: RedemptionAttempt & { readonly id: string },
  note: RedemptionNote,
): Promise<void> {
  const { id, grantId, clusterUid, publicKey, at, ...told } = attempt;
  const reason = note.state === "refused" ? note.reason : "";
  const clusterId = note.state === "completed" ? note.clusterId : null;
  const completedAt = note.state === "completed" ? at : null;
  const changed = await prismaOf(tx).$executeRaw`
    insert into enrolment_redemption as r (id, organisation_id, grant_id, cluster_id, cluster_uid, public_key,
      agent_version, instance, remote_address, state, reason, initiated_at, last_attempt_at, completed_at)
    values (${id}::uuid, ${tx.organisationId}::uuid, ${grantId}::uuid, ${clusterId}::uuid, ${clusterUid},
      ${Buffer.from(publicKey)}, ${told.agentVersion}, ${told.instance}, ${told.remoteAddress}, ${note.state}, ${reason},
      ${at}, ${at}, ${completedAt})
    on conflict (grant_id, cluster_uid, public_key) do update set state = excluded.state, reason = excluded.reason,
      cluster_id = coalesce(excluded.cluster_id, r.cluster_id), agent_version = excluded.agent_version,
      instance = excluded.instance, remote_address = excluded.remote_address,
      last_attempt_at = excluded.last_attempt_at, completed_at = coalesce(r.completed_at, excluded.completed_at)
    where not (r.state = 'refused' and r.reason = '')
      and (r.completed_at is null or excluded.state = 'completed')
      and (r.state <> excluded.state or r.reason <> excluded.reason
           or r.last_attempt_at <= ${new Date(at.getTime() - SAME_ATTEMPT_MS)})`;
  if (changed > 0 && note.state === "refused") await forgetOldRefusals(tx, grantId);
}

async function forgetOldRefusals(tx: OrganisationTransaction, grantId: string): Promise<void> {
  await prismaOf(tx).$executeRaw`
    delete from enrolment_redemption where id in (
      select id from enrolment_redemption
      where grant_id = ${grantId}::uuid and state = 'refused' and reason <> ''
      order by last_attempt_at desc, id offset ${REFUSED_KEPT})`;
}

/** What stands in the way of a redemption that a person has to approve. */
export async function approvalOf(
  tx: OrganisationTransaction,
  { grantId, clusterUid, publicKey }: Pick<RedemptionAttempt, "grantId" | "clusterUid" | "publicKey">,
): Promise<"approved" | "refused" | "waiting" | "full"> {
  const prisma = prismaOf(tx);
  const rows = await prisma.enrolmentRedemption.findMany({
    where: { grantId, clusterUid },
    select: { publicKey: true, state: true, reason: true, decidedAt: true, completedAt: true },
  });
  if (rows.some(({ state, reason }) => state === "refused" && reason === "")) return "refused";
  const own = rows.find((row) => Buffer.compare(row.publicKey, publicKey) === 0);
  if (own !== undefined && (own.decidedAt !== null || own.completedAt !== null)) return "approved";
  if (own?.state === "waiting") return "waiting";
  const waiting = await prisma.enrolmentRedemption.count({ where: { grantId, state: "waiting" } });
  return waiting < MAX_WAITING_REDEMPTIONS ? "waiting" : "full";
}

const shape = {
  include: { grant: { include: { cluster: { select: { name: true } } } }, cluster: { select: { name: true } } },
  omit: { organisationId: true },
} as const;
type Row = Prisma.EnrolmentRedemptionGetPayload<typeof shape>;

function toRecord({ grant, cluster, ...row }: Row): RedemptionRecord {
  const { clusterId, namePrefix, expiresAt, revokedAt, redemptionsAllowed, redemptionsUsed } = grant;
  return {
    ...row,
    // INVARIANT: the check enrolment_redemption_state.
    state: row.state as RedemptionState,
    clusterName: cluster?.name ?? null,
    grant: {
      clusterId,
      clusterName: grant.cluster?.name ?? null,
      namePrefix,
      labels: labelsOf(grant.labels),
      expiresAt,
      revokedAt,
      redemptionsAllowed,
      redemptionsUsed,
    },
  };
}

/** Redemptions, those that wait first, then the newest; which of them may be shown is the caller's to judge. */
export async function listRedemptions(
  tx: OrganisationTransaction,
  { grantId, limit }: { readonly grantId?: string; readonly limit: number },
): Promise<readonly RedemptionRecord[]> {
  needsWhole(tx);
  const prisma = prismaOf(tx);
  const ofGrant = grantId === undefined ? {} : { grantId };
  const orderBy = [{ lastAttemptAt: "desc" as const }, { id: "desc" as const }];
  const waiting = await prisma.enrolmentRedemption.findMany({
    where: { ...ofGrant, state: "waiting" },
    ...shape,
    orderBy,
    take: limit,
  });
  const rest = await prisma.enrolmentRedemption.findMany({
    where: { ...ofGrant, state: { not: "waiting" } },
    ...shape,
    orderBy,
    take: limit - waiting.length,
  });
  return [...waiting, ...rest].map(toRecord);
}

/** One redemption; undefined where there is none of that id. */
export async function findRedemption(tx: OrganisationTransaction, id: string): Promise<RedemptionRecord | undefined> {
  needsWhole(tx);
  const row = await prismaOf(tx).enrolmentRedemption.findUnique({ where: { id }, ...shape });
  return row === null ? undefined : toRecord(row);
}

/** A person's word on a redemption that waits. */
export interface RedemptionDecision {
  readonly id: string;
  readonly state: "approved" | "refused";
  readonly by: string;
  readonly at: Date;
}

/** Decides a redemption; false where it does not wait (any more), or is to be approved under a grant that ended. */
export async function decideRedemption(
  tx: OrganisationTransaction,
  { id, state, by, at }: RedemptionDecision,
): Promise<boolean> {
  const { count } = await prismaOf(tx).enrolmentRedemption.updateMany({
    where: {
      id,
      state: "waiting",
      ...(state === "approved" && { grant: { revokedAt: null, expiresAt: { gt: at } } }),
    },
    data: { state, decidedAt: at, decidedBy: by },
  });
  return count === 1;
}
