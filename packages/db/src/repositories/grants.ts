import type { Prisma } from "../generated/client";
import { clustersSeen, needsWhole, seesCluster } from "../reach";

import { prismaOf, type OrganisationTransaction } from "../transaction";
import { labelsOf } from "./clusters";

/** What a grant's maker chose for the agent; `sealedManifest` is wiped when its link is used. */
export interface GrantOptions {
  readonly namespace: string;
  readonly goldmaneAddress: string;
  readonly image: string;
  readonly gatewayUrls: readonly string[];
  /** Keys by which the agent will know the management plane, as in `signing_key`. */
  readonly pinnedKeyIds: readonly string[];
  readonly sealedManifest?: SealedManifest;
}

/** A manifest that only the holder of its link can open: AES-256-GCM under a key derived from the link's token. */
export interface SealedManifest {
  /** SHA-256 of the token, base64url. */
  readonly tokenHash: string;
  /** Nonce, ciphertext and tag, base64url. */
  readonly box: string;
}

/** A grant without its secret, of which only the hash is kept. */
export interface GrantRecord {
  readonly id: string;
  /** Null for a grant that makes a cluster at each redemption. */
  readonly clusterId: string | null;
  /** What the names of those clusters begin with; empty for a grant of one cluster. */
  readonly namePrefix: string;
  /** Labels of those clusters. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether each redemption waits for a person. */
  readonly needsApproval: boolean;
  readonly expiresAt: Date;
  readonly redemptionsAllowed: number;
  readonly redemptionsUsed: number;
  readonly lastRedeemedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly options: GrantOptions;
}

/** A grant to be made; `secretHash` is the SHA-256 of 32 random bytes that were shown once. */
export interface NewGrant {
  readonly id: string;
  /** One cluster, or what clusters are to be that come by it. */
  readonly for: GrantPlace;
  readonly needsApproval: boolean;
  readonly secretHash: Uint8Array;
  readonly expiresAt: Date;
  readonly redemptionsAllowed: number;
  readonly options: GrantOptions;
  readonly createdBy: string;
  readonly at: Date;
}

/** What a grant lets in: one cluster, or new ones with a name that begins so (NAME_PREFIX_MAX) and with these labels. */
export type GrantPlace =
  | { readonly kind: "cluster"; readonly clusterId: string }
  | { readonly kind: "fleet"; readonly namePrefix: string; readonly labels: Readonly<Record<string, string>> };

/** A credential that an agent holds. */
export interface CredentialRecord {
  readonly id: string;
  /** Ed25519, 32 raw bytes. */
  readonly publicKey: Uint8Array;
  readonly kubeSystemUid: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

function sealedOf(value: unknown): SealedManifest | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { tokenHash, box } = value as Readonly<Record<string, unknown>>;
  return typeof tokenHash === "string" && typeof box === "string" ? { tokenHash, box } : undefined;
}

/** Reads the JSON column `options` of a grant. */
export function grantOptionsOf(value: unknown): GrantOptions {
  const fields = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const sealedManifest = sealedOf(fields["sealedManifest"]);
  return {
    namespace: text(fields["namespace"]),
    goldmaneAddress: text(fields["goldmaneAddress"]),
    image: text(fields["image"]),
    gatewayUrls: texts(fields["gatewayUrls"]),
    pinnedKeyIds: texts(fields["pinnedKeyIds"]),
    ...(sealedManifest ? { sealedManifest } : {}),
  };
}

const optionsJson = (options: GrantOptions): Prisma.InputJsonObject => ({
  ...options,
  gatewayUrls: [...options.gatewayUrls],
  pinnedKeyIds: [...options.pinnedKeyIds],
  sealedManifest: options.sealedManifest ? { ...options.sealedManifest } : null,
});

/** Makes a grant. */
export async function createGrant(tx: OrganisationTransaction, grant: NewGrant): Promise<void> {
  const { at, options, secretHash, for: place, ...columns } = grant;
  await prismaOf(tx).enrolmentGrant.create({
    data: {
      ...columns,
      ...(place.kind === "cluster"
        ? { clusterId: place.clusterId }
        : { namePrefix: place.namePrefix, labels: { ...place.labels } }),
      organisationId: tx.organisationId,
      secretHash: new Uint8Array(secretHash),
      options: optionsJson(options),
      createdAt: at,
    },
  });
}

const ofClustersSeen = (tx: OrganisationTransaction) => {
  const seen = clustersSeen(tx);
  return seen === undefined ? {} : { clusterId: seen };
};

/** The grants of a cluster, newest first. */
export async function listGrants(tx: OrganisationTransaction, clusterId: string): Promise<readonly GrantRecord[]> {
  const rows = await prismaOf(tx).enrolmentGrant.findMany({
    where: { AND: [{ clusterId }, ofClustersSeen(tx)] },
    omit: { organisationId: true, secretHash: true },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  return rows.map(toRecord);
}

const toRecord = <R extends { readonly options: unknown; readonly labels: unknown }>(row: R) => ({
  ...row,
  labels: labelsOf(row.labels),
  options: grantOptionsOf(row.options),
});

/** The grants that make clusters, newest first; whether one may be shown is the caller's to judge, by its labels. */
export async function listFleetGrants(
  tx: OrganisationTransaction,
  { limit }: { readonly limit: number },
): Promise<readonly GrantRecord[]> {
  needsWhole(tx);
  const rows = await prismaOf(tx).enrolmentGrant.findMany({
    where: { clusterId: null },
    omit: { organisationId: true, secretHash: true },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limit,
  });
  return rows.map(toRecord);
}

/** One grant that makes clusters; undefined where there is none of that id. */
export async function findFleetGrant(tx: OrganisationTransaction, id: string): Promise<GrantRecord | undefined> {
  needsWhole(tx);
  const row = await prismaOf(tx).enrolmentGrant.findFirst({
    where: { id, clusterId: null },
    omit: { organisationId: true, secretHash: true },
  });
  return row === null ? undefined : toRecord(row);
}

/** Revokes a grant that makes clusters and wipes its manifest; false where it is revoked already. */
export async function revokeFleetGrant(
  tx: OrganisationTransaction,
  { id, by, at }: { readonly id: string; readonly by: string; readonly at: Date },
): Promise<boolean> {
  const revoked = await prismaOf(tx).$executeRaw`
    update enrolment_grant set revoked_at = ${at}, revoked_by = ${by}::uuid, options = options || '{"sealedManifest": null}'::jsonb
    where id = ${id}::uuid and cluster_id is null and revoked_at is null`;
  return revoked === 1;
}

/** Gives the sealed manifest of a grant away and wipes it, so that its link works once; undefined where it is gone. */
export async function takeSealedManifest(
  tx: OrganisationTransaction,
  { grantId, tokenHash }: { readonly grantId: string; readonly tokenHash: string },
): Promise<string | undefined> {
  const rows = await prismaOf(tx).$queryRaw<{ box: string }[]>`
    with taken as (
      select id, options->'sealedManifest'->>'box' as box from enrolment_grant
      where id = ${grantId}::uuid and options->'sealedManifest'->>'tokenHash' = ${tokenHash}
      for update
    )
    update enrolment_grant g set options = g.options || '{"sealedManifest": null}'::jsonb
    from taken where g.id = taken.id returning taken.box`;
  return rows[0]?.box;
}

/** Revokes every grant of a cluster that is not revoked yet, and wipes their manifests; returns their ids. */
export async function revokeGrants(
  tx: OrganisationTransaction,
  { clusterId, by, at }: { readonly clusterId: string; readonly by: string; readonly at: Date },
): Promise<readonly string[]> {
  const rows = await prismaOf(tx).$queryRaw<{ id: string }[]>`
    update enrolment_grant set revoked_at = ${at}, revoked_by = ${by}::uuid, options = options || '{"sealedManifest": null}'::jsonb
    where cluster_id = ${clusterId}::uuid and revoked_at is null returning id::text`;
  return rows.map((row) => row.id);
}

/** The credentials of a cluster's agents, newest first. */
export async function listCredentials(
  tx: OrganisationTransaction,
  clusterId: string,
): Promise<readonly CredentialRecord[]> {
  return await prismaOf(tx).agentCredential.findMany({
    where: { AND: [{ clusterId }, ofClustersSeen(tx)] },
    select: { id: true, publicKey: true, kubeSystemUid: true, issuedAt: true, expiresAt: true, revokedAt: true },
    orderBy: [{ issuedAt: "desc" }, { id: "desc" }],
  });
}

/** Revokes every credential of a cluster; the gateway that holds its session is told by topic `session`. */
export async function revokeCredentials(
  tx: OrganisationTransaction,
  { clusterId, at }: { readonly clusterId: string; readonly at: Date },
): Promise<number> {
  const { count } = await prismaOf(tx).agentCredential.updateMany({
    where: { clusterId, revokedAt: null },
    data: { revokedAt: at },
  });
  return count;
}

/** When the last usable credential of each revoked cluster was revoked; clusters that hold a usable one are left out. */
export async function listRevokedClusters(tx: OrganisationTransaction): Promise<ReadonlyMap<string, Date>> {
  const rows = await prismaOf(tx).$queryRaw<{ cluster_id: string; revoked_at: Date }[]>`
    select cluster_id::text, max(revoked_at) as revoked_at from agent_credential
    where ${seesCluster(tx, "cluster_id")}
    group by cluster_id having bool_and(revoked_at is not null)`;
  return new Map(rows.map((row) => [row.cluster_id, row.revoked_at]));
}
