import type { Prisma } from "../generated/client";
import { clustersSeen } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** A manifest for one cluster that a person approved. */
export interface CureApprovalRecord {
  readonly clusterId: string;
  /** The cluster at the other end. */
  readonly aboutClusterId: string;
  readonly kind: string;
  readonly name: string;
  readonly manifest: unknown;
  readonly approvedBy: string;
  readonly approvedAt: Date;
}

/** Records an approval; it takes the place of an earlier one of that kind and name in the cluster. */
export async function approveCure(
  tx: OrganisationTransaction,
  approval: CureApprovalRecord & { readonly id: string },
): Promise<void> {
  const { id, clusterId, kind, name, aboutClusterId, approvedBy, approvedAt } = approval;
  const { organisationId } = tx;
  const written = { aboutClusterId, manifest: approval.manifest as Prisma.InputJsonValue, approvedBy, approvedAt };
  await prismaOf(tx).cureApproval.upsert({
    where: { organisationId_clusterId_kind_name: { organisationId, clusterId, kind, name } },
    create: { id, organisationId, clusterId, kind, name, ...written },
    update: written,
  });
}

/** Approvals of which both clusters can be seen. */
export async function listCureApprovals(tx: OrganisationTransaction): Promise<readonly CureApprovalRecord[]> {
  const seen = clustersSeen(tx);
  return await prismaOf(tx).cureApproval.findMany({
    ...(seen === undefined ? {} : { where: { clusterId: seen, aboutClusterId: seen } }),
    omit: { id: true, organisationId: true },
    orderBy: [{ clusterId: "asc" }, { kind: "asc" }, { name: "asc" }],
  });
}
