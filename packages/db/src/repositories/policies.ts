import type { Prisma } from "../generated/client";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** A policy: a name in a tier, whose content is its revisions. */
export interface PolicyRecord {
  readonly id: string;
  readonly tierId: string;
  readonly kind: "NetworkPolicy" | "GlobalNetworkPolicy";
  /** Empty for a GlobalNetworkPolicy. */
  readonly namespace: string;
  /** The resource's whole name, `<tier>.<name>`. */
  readonly name: string;
  readonly createdAt: Date;
  readonly newest: PolicyRevisionRecord | null;
  /** The newest application; what it says is approved now. */
  readonly application: PolicyApplicationRecord | null;
  /** The revision that `application` applies. */
  readonly applied: PolicyRevisionRecord | null;
}

/** An immutable text of a policy. */
export interface PolicyRevisionRecord {
  readonly id: string;
  readonly policyId: string;
  /** From 1. */
  readonly number: number;
  readonly manifestYaml: string;
  readonly manifest: unknown;
  /** Hex SHA-256 of the canonical manifest. */
  readonly digest: string;
  readonly placementSelector: string;
  readonly comment: string;
  readonly createdBy: string | null;
  readonly createdAt: Date;
}

/** A person's decision that a revision holds on exactly these clusters, or that the policy is withdrawn. */
export interface PolicyApplicationRecord {
  readonly id: bigint;
  readonly policyId: string;
  readonly revisionId: string | null;
  readonly action: "apply" | "withdraw";
  readonly approvedBy: string;
  readonly approvedAt: Date;
  readonly clusterIds: readonly string[];
  readonly comment: string;
}

type RevisionRow = Prisma.PolicyRevisionGetPayload<object>;
type ApplicationRow = Prisma.PolicyApplicationGetPayload<object>;

const toRevision = (row: RevisionRow): PolicyRevisionRecord => ({
  id: row.id,
  policyId: row.policyId,
  number: row.number,
  manifestYaml: row.manifestYaml,
  manifest: row.manifest,
  digest: row.digest,
  placementSelector: row.placementSelector,
  comment: row.comment,
  createdBy: row.createdBy,
  createdAt: row.createdAt,
});
const toApplication = (row: ApplicationRow): PolicyApplicationRecord => ({
  id: row.id,
  policyId: row.policyId,
  revisionId: row.revisionId,
  action: row.action === "withdraw" ? "withdraw" : "apply",
  approvedBy: row.approvedBy,
  approvedAt: row.approvedAt,
  clusterIds: row.clusterIds,
  comment: row.comment,
});

const withNewest = {
  revisions: { orderBy: { number: "desc" }, take: 1 },
  applications: { orderBy: { id: "desc" }, take: 1, include: { revision: true } },
} satisfies Prisma.PolicyInclude;

function toPolicy(row: Prisma.PolicyGetPayload<{ include: typeof withNewest }>): PolicyRecord {
  const [newest] = row.revisions;
  const [latest] = row.applications;
  return {
    id: row.id,
    tierId: row.tierId,
    kind: row.kind === "NetworkPolicy" ? "NetworkPolicy" : "GlobalNetworkPolicy",
    namespace: row.namespace,
    name: row.name,
    createdAt: row.createdAt,
    newest: newest ? toRevision(newest) : null,
    application: latest ? toApplication(latest) : null,
    applied: latest?.revision ? toRevision(latest.revision) : null,
  };
}

/** Policies that are not archived, each with its newest revision and application, by name. */
export async function listPolicies(tx: OrganisationTransaction): Promise<readonly PolicyRecord[]> {
  const rows = await prismaOf(tx).policy.findMany({
    where: { archivedAt: null },
    include: withNewest,
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  return rows.map(toPolicy);
}

/** The policy of that kind, namespace and name, in whatever tier; undefined where there is none. */
export async function findPolicyByName(
  tx: OrganisationTransaction,
  { kind, namespace, name }: Pick<PolicyRecord, "kind" | "namespace" | "name">,
): Promise<PolicyRecord | undefined> {
  const row = await prismaOf(tx).policy.findFirst({
    where: { kind, namespace, name, archivedAt: null },
    include: withNewest,
  });
  return row ? toPolicy(row) : undefined;
}

/** One policy; undefined where there is none of that id in the organisation. */
export async function findPolicy(tx: OrganisationTransaction, id: string): Promise<PolicyRecord | undefined> {
  const row = await prismaOf(tx).policy.findFirst({ where: { id }, include: withNewest });
  return row ? toPolicy(row) : undefined;
}

/** Makes a policy without a revision; `unique-violation` where the tier has one of that name. */
export async function createPolicy(
  tx: OrganisationTransaction,
  policy: Pick<PolicyRecord, "id" | "tierId" | "kind" | "namespace" | "name"> & {
    readonly createdBy: string;
    readonly at: Date;
  },
): Promise<void> {
  const { at, ...columns } = policy;
  await prismaOf(tx).policy.create({ data: { ...columns, organisationId: tx.organisationId, createdAt: at } });
}

/** Holds the policy until the transaction ends, so that revisions and applications of it come one after another. */
export async function lockPolicy(tx: OrganisationTransaction, id: string): Promise<boolean> {
  const rows = await prismaOf(tx).$queryRaw<unknown[]>`select 1 from policy where id = ${id}::uuid for update`;
  return rows.length > 0;
}

/** Appends a revision under the next number, which it returns. The caller holds the policy. */
export async function appendRevision(
  tx: OrganisationTransaction,
  revision: Omit<PolicyRevisionRecord, "number" | "createdAt"> & { readonly createdBy: string; readonly at: Date },
): Promise<number> {
  const { at, manifest, ...columns } = revision;
  const newest = await prismaOf(tx).policyRevision.aggregate({
    where: { policyId: revision.policyId },
    _max: { number: true },
  });
  const number = (newest._max.number ?? 0) + 1;
  await prismaOf(tx).policyRevision.create({
    data: {
      ...columns,
      number,
      manifest: manifest as Prisma.InputJsonValue,
      organisationId: tx.organisationId,
      createdAt: at,
    },
  });
  return number;
}

/** The revisions of a policy, newest first. */
export async function listRevisions(
  tx: OrganisationTransaction,
  policyId: string,
): Promise<readonly PolicyRevisionRecord[]> {
  const rows = await prismaOf(tx).policyRevision.findMany({ where: { policyId }, orderBy: { number: "desc" } });
  return rows.map(toRevision);
}

/** One revision of a policy. */
export async function findRevision(tx: OrganisationTransaction, id: string): Promise<PolicyRevisionRecord | undefined> {
  const row = await prismaOf(tx).policyRevision.findFirst({ where: { id } });
  return row ? toRevision(row) : undefined;
}

/** The applications of a policy, newest first. */
export async function listApplications(
  tx: OrganisationTransaction,
  policyId: string,
): Promise<readonly PolicyApplicationRecord[]> {
  const rows = await prismaOf(tx).policyApplication.findMany({ where: { policyId }, orderBy: { id: "desc" } });
  return rows.map(toApplication);
}

/** Appends a decision; `revisionId` null withdraws. */
export async function appendApplication(
  tx: OrganisationTransaction,
  application: {
    readonly policyId: string;
    readonly revisionId: string | null;
    readonly clusterIds: readonly string[];
    readonly approvedBy: string;
    readonly comment: string;
    readonly at: Date;
  },
): Promise<bigint> {
  const { at, clusterIds, ...columns } = application;
  const row = await prismaOf(tx).policyApplication.create({
    data: {
      ...columns,
      organisationId: tx.organisationId,
      action: application.revisionId === null ? "withdraw" : "apply",
      clusterIds: [...clusterIds],
      approvedAt: at,
    },
    select: { id: true },
  });
  return row.id;
}
