import type { Prisma } from "../generated/client";
import { lock, prismaOf, type OrganisationTransaction } from "../transaction";
import { clusterNameInUse, createCluster, labelsOf } from "./clusters";
import { fleetNames } from "./fleet-name";
import { approvalOf, noteRedemption, type RedemptionAttempt, type RedemptionNote } from "./redemptions";

/** A grant being redeemed by an agent that has proved its key. */
export interface GrantRedemption extends RedemptionAttempt {
  readonly credentialId: string;
  readonly expiresAt: Date;
  /** Ids for what may come to be. */
  readonly newId: () => string;
}

/** A credential as it was issued. */
export interface IssuedCredential {
  readonly credentialId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** The cluster that a redemption led to. */
export interface EnrolledCluster {
  readonly id: string;
  readonly name: string;
}

/** Why a redemption did not succeed, as a code of the link. */
export type RedemptionRefusal =
  | "grant-revoked"
  | "grant-used"
  | "grant-pending"
  | "grant-refused"
  | "grant-full"
  | "wrong-cluster"
  | "cluster-enrolled"
  | "cluster-deleted";

/** How a redemption ended: with a credential (`again`: one that the same key got before), or why not. */
export type RedemptionOutcome =
  | {
      readonly kind: "redeemed" | "again";
      readonly credential: IssuedCredential;
      readonly cluster: EnrolledCluster;
      /** Of a cluster that came to be by this redemption. */
      readonly labels?: Readonly<Record<string, string>>;
    }
  | Refused;

interface Refused {
  readonly kind: "refused";
  readonly code: RedemptionRefusal;
}

const no = (code: RedemptionRefusal): Refused => ({ kind: "refused", code });

/**
 * Redeems a grant: counts it, pins the cluster's UID and makes the credential, and the cluster where the grant is for a
 * fleet, in the caller's one transaction, which is to be committed whatever the outcome: it says what happened. A key that
 * redeemed before and never heard of it gets its credential again. The caller has checked secret, expiry and revocation;
 * what may change meanwhile is checked here again.
 */
export async function redeemGrant(
  tx: OrganisationTransaction,
  redemption: GrantRedemption,
): Promise<RedemptionOutcome> {
  // INVARIANT: one redemption at a time in an organisation: counts, UIDs and names are compared and then written.
  await lock(tx, "enrolment");
  const grant = await prismaOf(tx).enrolmentGrant.findUnique({ where: { id: redemption.grantId } });
  const outcome = grant === null ? no("grant-revoked") : await redeem(tx, grant, redemption);
  const note = noteOf(outcome);
  if (grant !== null && note !== undefined) await noteRedemption(tx, { ...redemption, id: redemption.newId() }, note);
  return outcome;
}

function noteOf(outcome: RedemptionOutcome): RedemptionNote | undefined {
  if (outcome.kind === "again") return undefined;
  if (outcome.kind !== "refused") return { state: "completed", clusterId: outcome.cluster.id };
  return outcome.code === "grant-pending" ? { state: "waiting" } : { state: "refused", reason: outcome.code };
}

type Grant = Prisma.EnrolmentGrantGetPayload<object>;

async function redeem(
  tx: OrganisationTransaction,
  grant: Grant,
  redemption: GrantRedemption,
): Promise<RedemptionOutcome> {
  const found = grant.clusterId === null ? await findOfFleet(tx, redemption) : await findPinned(tx, grant, redemption);
  if (found.kind === "refused" || found.kind === "again") return found;
  const counted = await spend(tx, grant, redemption);
  if (counted !== "spent") return no(counted);
  const cluster = found.kind === "cluster" ? found.cluster : await joinFleet(tx, grant, redemption);
  await prismaOf(tx).$executeRaw`
    update cluster set kube_system_uid = ${redemption.clusterUid}
    where id = ${cluster.id}::uuid and kube_system_uid is null`;
  const credential = await issueCredential(tx, { ...redemption, clusterId: cluster.id });
  return {
    kind: "redeemed",
    credential,
    cluster,
    ...(found.kind === "new" ? { labels: labelsOf(grant.labels) } : {}),
  };
}

type Found =
  | Extract<RedemptionOutcome, { kind: "refused" | "redeemed" | "again" }>
  | { readonly kind: "cluster"; readonly cluster: EnrolledCluster }
  | { readonly kind: "new" };

/** The cluster that a grant names, unless it is pinned to another UID, or the UID to another cluster. */
async function findPinned(tx: OrganisationTransaction, grant: Grant, redemption: GrantRedemption): Promise<Found> {
  const { clusterUid } = redemption;
  const cluster = await prismaOf(tx).cluster.findUnique({ where: { id: grant.clusterId ?? "" } });
  if (cluster === null || cluster.deletedAt !== null) return no("cluster-deleted");
  if (cluster.kubeSystemUid === null && (await findByUid(tx, clusterUid)) !== null) return no("cluster-enrolled");
  if (cluster.kubeSystemUid !== null && cluster.kubeSystemUid !== clusterUid) return no("wrong-cluster");
  const again = await findCredentialOfKey(tx, cluster.id, redemption);
  return again ? { kind: "again", credential: again, cluster } : { kind: "cluster", cluster };
}

// A UID is no secret: whoever has the grant's could say the UID of a cluster that is in use, so its key alone goes on,
// and one that was taken out, or whose agent was revoked, does not come back by the grant that it came by.
async function findOfFleet(tx: OrganisationTransaction, redemption: GrantRedemption): Promise<Found> {
  const { grantId, clusterUid } = redemption;
  const cluster = await findByUid(tx, clusterUid);
  if (cluster !== null) {
    const again = await findCredentialOfKey(tx, cluster.id, redemption);
    return again ? { kind: "again", credential: again, cluster } : no("cluster-enrolled");
  }
  const before = await prismaOf(tx).enrolmentRedemption.count({
    where: { grantId, clusterUid, completedAt: { not: null } },
  });
  return before > 0 ? no("cluster-deleted") : { kind: "new" };
}

const findByUid = (tx: OrganisationTransaction, kubeSystemUid: string) =>
  prismaOf(tx).cluster.findFirst({ where: { kubeSystemUid, deletedAt: null }, select: { id: true, name: true } });

/** Takes one of a grant's redemptions, where a person has approved it or need not. */
async function spend(
  tx: OrganisationTransaction,
  grant: Grant,
  redemption: GrantRedemption,
): Promise<"spent" | RedemptionRefusal> {
  if (grant.redemptionsUsed >= grant.redemptionsAllowed) return "grant-used";
  if (grant.needsApproval) {
    const approval = await approvalOf(tx, redemption);
    if (approval !== "approved") return approvalCodes[approval];
  }
  const counted = await prismaOf(tx).$executeRaw`
    update enrolment_grant set redemptions_used = redemptions_used + 1, last_redeemed_at = ${redemption.at}
    where id = ${redemption.grantId}::uuid and redemptions_used < redemptions_allowed
      and revoked_at is null and expires_at > ${redemption.at}`;
  return counted === 1 ? "spent" : "grant-used";
}

const approvalCodes = { waiting: "grant-pending", refused: "grant-refused", full: "grant-full" } as const;

/** Makes the cluster that a fleet grows by. */
async function joinFleet(
  tx: OrganisationTransaction,
  grant: Grant,
  { clusterUid, newId, at }: GrantRedemption,
): Promise<EnrolledCluster> {
  for (const name of fleetNames(grant.namePrefix, clusterUid)) {
    if (await clusterNameInUse(tx, name)) continue;
    const id = newId();
    await createCluster(tx, { id, name, labels: labelsOf(grant.labels), createdBy: grant.createdBy, at });
    return { id, name };
  }
  throw new Error("names do not end");
}

async function findCredentialOfKey(
  tx: OrganisationTransaction,
  clusterId: string,
  { publicKey, clusterUid, at }: GrantRedemption,
): Promise<IssuedCredential | undefined> {
  const row = await prismaOf(tx).agentCredential.findFirst({
    where: {
      clusterId,
      publicKey: new Uint8Array(publicKey),
      kubeSystemUid: clusterUid,
      revokedAt: null,
      expiresAt: { gt: at },
    },
    orderBy: { issuedAt: "desc" },
  });
  return row === null ? undefined : { credentialId: row.id, issuedAt: row.issuedAt, expiresAt: row.expiresAt };
}

/** A credential to be made. */
export type NewCredential = Pick<GrantRedemption, "clusterUid" | "publicKey" | "credentialId" | "at" | "expiresAt"> & {
  readonly clusterId: string;
  readonly grantId?: string;
};

/** Makes a credential for a key that has proved itself. */
export async function issueCredential(
  tx: OrganisationTransaction,
  credential: NewCredential,
): Promise<IssuedCredential> {
  await prismaOf(tx).agentCredential.create({
    data: {
      id: credential.credentialId,
      organisationId: tx.organisationId,
      clusterId: credential.clusterId,
      publicKey: new Uint8Array(credential.publicKey),
      kubeSystemUid: credential.clusterUid,
      grantId: credential.grantId ?? null,
      issuedAt: credential.at,
      expiresAt: credential.expiresAt,
    },
    select: { id: true },
  });
  return { credentialId: credential.credentialId, issuedAt: credential.at, expiresAt: credential.expiresAt };
}

/** A connection that was refused after its organisation was known. */
export interface NewRefusal {
  /** Absent where the cluster itself is gone. */
  readonly clusterId?: string;
  readonly grantId?: string;
  readonly credentialId?: string;
  readonly code: string;
  readonly message: string;
  readonly remoteAddress: string;
  readonly clusterUid: string;
  readonly at: Date;
}

const sameRefusalMs = 60_000;
const refusalsKept = 200;

/** Records a refusal for the cluster's page; false where the same was recorded within the last minute. */
export async function recordRefusal(tx: OrganisationTransaction, refusal: NewRefusal): Promise<boolean> {
  const clusterId = refusal.clusterId ?? null;
  await lock(tx, `refusal/${clusterId ?? ""}`);
  const { code, clusterUid, remoteAddress } = refusal;
  const recent = await prismaOf(tx).refusedConnection.findFirst({
    where: { clusterId, code, clusterUid, at: { gt: new Date(refusal.at.getTime() - sameRefusalMs) } },
    select: { id: true },
  });
  if (recent !== null) return false;
  await prismaOf(tx).refusedConnection.create({
    data: {
      organisationId: tx.organisationId,
      clusterId,
      code,
      message: refusal.message,
      clusterUid,
      remoteAddress,
      grantId: refusal.grantId ?? null,
      credentialId: refusal.credentialId ?? null,
      at: refusal.at,
    },
    select: { id: true },
  });
  await prismaOf(tx).$executeRaw`
    delete from refused_connection where id in (
      select id from refused_connection where cluster_id is not distinct from ${clusterId}::uuid
      order by id desc offset ${refusalsKept})`;
  return true;
}
