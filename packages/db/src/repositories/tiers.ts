import { tiersSeen } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** A tier that Isthmus owns in every cluster where it has policies. */
export interface TierRecord {
  readonly id: string;
  readonly name: string;
  readonly order: number;
  readonly defaultAction: "Deny" | "Pass";
  readonly description: string;
  readonly createdAt: Date;
}

/** Tiers in the order of evaluation; equal orders by name, as Calico has it. */
export async function listTiers(tx: OrganisationTransaction): Promise<readonly TierRecord[]> {
  const seen = tiersSeen(tx);
  const rows = await prismaOf(tx).tier.findMany({
    ...(seen === undefined ? {} : { where: { name: seen } }),
    orderBy: [{ order: "asc" }, { name: "asc" }],
  });
  return rows.map(({ id, name, order, defaultAction, description, createdAt }) => ({
    id,
    name,
    order,
    defaultAction: defaultAction === "Pass" ? "Pass" : "Deny",
    description,
    createdAt,
  }));
}

/** Makes a tier; `unique-violation` where the name is in use. */
export async function createTier(
  tx: OrganisationTransaction,
  tier: Omit<TierRecord, "createdAt"> & { readonly createdBy: string; readonly at: Date },
): Promise<void> {
  const { at, ...columns } = tier;
  await prismaOf(tx).tier.create({ data: { ...columns, organisationId: tx.organisationId, createdAt: at } });
}
