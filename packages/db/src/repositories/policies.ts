import type { Prisma } from "../generated/client";
import { holds, holdsPolicy, isPolicySeen, placedPolicies, seesPlaced } from "../reach";
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
/** What an application is of, which says in which of its clusters it is shown. */
interface Placed {
  readonly namespace: string;
  readonly tier: { readonly name: string };
}

/** An application as it is shown: of its clusters those where the policy can be read. */
const toApplication = (
  { reach }: OrganisationTransaction,
  row: Omit<ApplicationRow, "organisationId">,
  { namespace, tier }: Placed,
): PolicyApplicationRecord => ({
  id: row.id,
  policyId: row.policyId,
  revisionId: row.revisionId,
  action: row.action === "withdraw" ? "withdraw" : "apply",
  approvedBy: row.approvedBy,
  approvedAt: row.approvedAt,
  clusterIds:
    reach === undefined
      ? row.clusterIds
      : row.clusterIds.filter(
          (clusterId) =>
            holds(reach.clusters, clusterId) && holdsPolicy(reach, { tier: tier.name, namespace, clusterId }),
        ),
  comment: row.comment,
});

const kindOf = (kind: string): PolicyRecord["kind"] =>
  kind === "NetworkPolicy" ? "NetworkPolicy" : "GlobalNetworkPolicy";

const withNewest = {
  tier: { select: { name: true } },
  revisions: { orderBy: { number: "desc" }, take: 1 },
  applications: { orderBy: { id: "desc" }, take: 1, include: { revision: true } },
} satisfies Prisma.PolicyInclude;

function toPolicy(tx: OrganisationTransaction, row: PolicyRow): PolicyRecord {
  const [newest] = row.revisions;
  const [latest] = row.applications;
  return {
    id: row.id,
    tierId: row.tierId,
    kind: kindOf(row.kind),
    namespace: row.namespace,
    name: row.name,
    createdAt: row.createdAt,
    newest: newest ? toRevision(newest) : null,
    application: latest ? toApplication(tx, latest, row) : null,
    applied: latest?.revision ? toRevision(latest.revision) : null,
  };
}

/** A policy as lists show it: of its revisions what names and places them, without their texts. */
export interface PolicyListRecord extends Omit<PolicyRecord, "newest" | "applied"> {
  readonly newest: ListedRevision | null;
  readonly applied: ListedRevision | null;
}

/** A revision in a list. */
export type ListedRevision = Pick<PolicyRevisionRecord, "id" | "number" | "placementSelector">;

interface ListRow {
  readonly id: string;
  readonly tier_id: string;
  readonly tier_name: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly created_at: Date;
  readonly newest_id: string | null;
  readonly newest_number: number;
  readonly newest_selector: string;
  readonly applied_id: string | null;
  readonly applied_number: number;
  readonly applied_selector: string;
  readonly application_id: bigint | null;
  readonly action: string;
  readonly approved_by: string;
  readonly approved_at: Date;
  readonly cluster_ids: string[];
  readonly comment: string;
}

const toListedRevision = (id: string | null, number: number, placementSelector: string): ListedRevision | null =>
  id === null ? null : { id, number, placementSelector };

function toListed(tx: OrganisationTransaction, row: ListRow): PolicyListRecord {
  const { id, namespace, applied_id: revisionId, application_id: applicationId } = row;
  const application = {
    policyId: id,
    revisionId,
    action: row.action,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
    clusterIds: row.cluster_ids,
    comment: row.comment,
  };
  const placed = { namespace, tier: { name: row.tier_name } };
  return {
    id,
    tierId: row.tier_id,
    kind: kindOf(row.kind),
    namespace,
    name: row.name,
    createdAt: row.created_at,
    newest: toListedRevision(row.newest_id, row.newest_number, row.newest_selector),
    application: applicationId === null ? null : toApplication(tx, { id: applicationId, ...application }, placed),
    applied: toListedRevision(revisionId, row.applied_number, row.applied_selector),
  };
}

/** Policies that are not archived (or the one asked for), with their newest revisions and applications, by age. */
export async function listPolicies(
  tx: OrganisationTransaction,
  policyId?: string,
): Promise<readonly PolicyListRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<ListRow[]>`
    with ${placedPolicies(policyId)}
    select placed.id::text, tier_id::text, tier_name, kind, namespace, name, placed.created_at,
      (newest).id::text as newest_id, (newest).number as newest_number, (newest).placement_selector as newest_selector,
      applied.id::text as applied_id, applied.number as applied_number, applied.placement_selector as applied_selector,
      (latest).id as application_id, (latest).action, (latest).approved_by::text, (latest).approved_at,
      (latest).cluster_ids::text[], (latest).comment
    from placed left join policy_revision applied on applied.id = (latest).revision_id
    where archived_at is null and ${seesPlaced(tx)}
    order by placed.created_at, placed.id`;
  return rows.map((row) => toListed(tx, row));
}

type PolicyRow = Prisma.PolicyGetPayload<{ include: typeof withNewest }>;

const ifSeen = async (tx: OrganisationTransaction, row: PolicyRow | null): Promise<PolicyRecord | undefined> =>
  row !== null && (await isPolicySeen(tx, row.id)) ? toPolicy(tx, row) : undefined;

/** The policy of that kind, namespace and name, in whatever tier; undefined where there is none. */
export async function findPolicyByName(
  tx: OrganisationTransaction,
  { kind, namespace, name }: Pick<PolicyRecord, "kind" | "namespace" | "name">,
): Promise<PolicyRecord | undefined> {
  const row = await prismaOf(tx).policy.findFirst({
    where: { kind, namespace, name, archivedAt: null },
    include: withNewest,
  });
  return ifSeen(tx, row);
}

/** One policy; undefined where there is none of that id in the organisation. */
export async function findPolicy(tx: OrganisationTransaction, id: string): Promise<PolicyRecord | undefined> {
  const row = await prismaOf(tx).policy.findUnique({
    where: { id },
    include: withNewest,
  });
  return ifSeen(tx, row);
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

/** Gives a policy another tier and the name that it has there; `unique-violation` where the tier has one of that name. */
export async function setPolicyTier(
  tx: OrganisationTransaction,
  { id, tierId, name }: Pick<PolicyRecord, "id" | "tierId" | "name">,
): Promise<void> {
  await prismaOf(tx).policy.update({ where: { id }, data: { tierId, name }, select: { id: true } });
}

/** Holds the policy until the transaction ends, so that revisions and applications of it come one after another. */
export async function lockPolicy(tx: OrganisationTransaction, id: string): Promise<boolean> {
  const rows = await prismaOf(tx).$queryRaw<unknown[]>`select 1 from policy where id = ${id}::uuid for update`;
  return rows.length > 0;
}

/** Appends a revision under the next number, which it returns. The caller holds the policy. */
export async function appendRevision(
  tx: OrganisationTransaction,
  revision: Omit<PolicyRevisionRecord, "number" | "createdAt"> & {
    readonly createdBy: string;
    readonly at: Date;
    /** Clusters that the selector matches now: there the policy lies until it is applied. */
    readonly clusterIds: readonly string[];
  },
): Promise<number> {
  const { at, manifest, clusterIds, ...columns } = revision;
  const newest = await prismaOf(tx).policyRevision.aggregate({
    where: { policyId: revision.policyId },
    _max: { number: true },
  });
  const number = (newest._max.number ?? 0) + 1;
  await prismaOf(tx).policyRevision.create({
    data: {
      ...columns,
      number,
      clusterIds: [...clusterIds],
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
  if (!(await isPolicySeen(tx, policyId))) return [];
  const rows = await prismaOf(tx).policyRevision.findMany({
    where: { policyId },
    orderBy: { number: "desc" },
  });
  return rows.map(toRevision);
}

/** One revision of a policy. */
export async function findRevision(tx: OrganisationTransaction, id: string): Promise<PolicyRevisionRecord | undefined> {
  const row = await prismaOf(tx).policyRevision.findUnique({ where: { id } });
  return row !== null && (await isPolicySeen(tx, row.policyId)) ? toRevision(row) : undefined;
}

/** The applications of a policy, newest first. */
export async function listApplications(
  tx: OrganisationTransaction,
  policyId: string,
): Promise<readonly PolicyApplicationRecord[]> {
  if (!(await isPolicySeen(tx, policyId))) return [];
  const rows = await prismaOf(tx).policyApplication.findMany({
    where: { policyId },
    include: { policy: { select: { namespace: true, tier: { select: { name: true } } } } },
    orderBy: { id: "desc" },
  });
  return rows.map(({ policy, ...row }) => toApplication(tx, row, policy));
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
