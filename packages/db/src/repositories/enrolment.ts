import { lock, prismaOf, type GlobalTransaction, type OrganisationTransaction } from "../transaction";

/** A grant being redeemed by an agent that has proved its key. */
export interface GrantRedemption {
  readonly grantId: string;
  readonly clusterId: string;
  /** UID of the namespace kube-system of the cluster that the agent runs in. */
  readonly clusterUid: string;
  /** Ed25519, 32 raw bytes. */
  readonly publicKey: Uint8Array;
  readonly credentialId: string;
  readonly at: Date;
  readonly expiresAt: Date;
}

/** A credential as it was issued. */
export interface IssuedCredential {
  readonly credentialId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** How a redemption ended: with a credential (`again`: one that the same key got before), or why not. */
export type RedemptionOutcome =
  | { readonly kind: "redeemed" | "again"; readonly credential: IssuedCredential }
  | { readonly kind: "grant-used" | "wrong-cluster" | "cluster-enrolled" | "cluster-deleted" };

/**
 * Redeems a grant: counts it, pins the cluster's UID and makes the credential, in the caller's one transaction. A key
 * that redeemed before and never heard of it gets its credential again. The caller has checked secret, expiry and
 * revocation; what may change meanwhile is checked here again.
 */
export async function redeemGrant(
  tx: OrganisationTransaction,
  redemption: GrantRedemption,
): Promise<RedemptionOutcome> {
  await lock(tx, "enrolment");
  const pinned = await pinCluster(tx, redemption);
  if (pinned !== "pinned") return { kind: pinned };
  const again = await findCredentialOfKey(tx, redemption);
  if (again) return { kind: "again", credential: again };
  const counted = await prismaOf(tx).$executeRaw`
    update enrolment_grant set redemptions_used = redemptions_used + 1, last_redeemed_at = ${redemption.at}
    where id = ${redemption.grantId}::uuid and redemptions_used < redemptions_allowed
      and revoked_at is null and expires_at > ${redemption.at}`;
  if (counted !== 1) return { kind: "grant-used" };
  await prismaOf(tx).$executeRaw`
    update cluster set kube_system_uid = ${redemption.clusterUid}
    where id = ${redemption.clusterId}::uuid and kube_system_uid is null`;
  return { kind: "redeemed", credential: await issueCredential(tx, redemption) };
}

async function pinCluster(
  tx: OrganisationTransaction,
  { clusterId, clusterUid }: GrantRedemption,
): Promise<"pinned" | "wrong-cluster" | "cluster-enrolled" | "cluster-deleted"> {
  const cluster = await prismaOf(tx).cluster.findUnique({ where: { id: clusterId } });
  if (cluster === null || cluster.deletedAt !== null) return "cluster-deleted";
  if (cluster.kubeSystemUid !== null) return cluster.kubeSystemUid === clusterUid ? "pinned" : "wrong-cluster";
  const other = await prismaOf(tx).cluster.findFirst({
    where: { kubeSystemUid: clusterUid, deletedAt: null },
    select: { id: true },
  });
  return other === null ? "pinned" : "cluster-enrolled";
}

async function findCredentialOfKey(
  tx: OrganisationTransaction,
  { clusterId, publicKey, clusterUid, at }: GrantRedemption,
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
export type NewCredential = Pick<
  GrantRedemption,
  "clusterId" | "clusterUid" | "publicKey" | "credentialId" | "at" | "expiresAt"
> & { readonly grantId?: string };

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

/** A key by which agents know the management plane, as a gateway read it from its file. */
export interface OwnSigningKey {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  readonly state: "current" | "next";
}

/** Makes the keys of `signing_key` say what this gateway signs with; others that were current or next are retired. */
export async function registerSigningKeys(
  tx: GlobalTransaction,
  { keys, at }: { readonly keys: readonly OwnSigningKey[]; readonly at: Date },
): Promise<void> {
  const prisma = prismaOf(tx);
  await prisma.$executeRaw`select pg_advisory_xact_lock(hashtextextended('signing-keys', 0))`;
  await prisma.signingKey.updateMany({
    where: { keyId: { notIn: keys.map(({ keyId }) => keyId) }, state: { not: "retired" } },
    data: { state: "retired", retiredAt: at },
  });
  for (const { keyId, publicKey, state } of keys) {
    await prisma.signingKey.upsert({
      where: { keyId },
      create: { keyId, publicKey: new Uint8Array(publicKey), state, createdAt: at },
      update: { state, retiredAt: null },
    });
  }
}
