import type { OrganisationKind } from "@isthmus/access";
import { countHolders, lockAndCountHolders, type OrganisationTransaction } from "@isthmus/db";
import { AppError } from "../../../server/errors";

/** The role that somebody must hold directly and everywhere, or nobody could give any role any more. */
const neededRole = (kind: OrganisationKind): string =>
  kind === "installation" ? "installation-administrator" : "owner";

/**
 * Runs a change that may take the last owner away, and refuses it if it did. Those who change at the same time wait for
 * each other, so that of two last owners who leave at once one stays.
 */
export async function keepingAnOwner<T>(
  tx: OrganisationTransaction,
  kind: OrganisationKind,
  change: () => Promise<T>,
): Promise<T> {
  const role = neededRole(kind);
  const before = await lockAndCountHolders(tx, role);
  const answer = await change();
  if (before > 0 && (await countHolders(tx, role)) === 0) {
    throw new AppError(
      "conflict",
      kind === "installation"
        ? "This is the last installation administrator. Give that role to somebody else first."
        : "This is the last owner. Make somebody else an owner of everything first.",
    );
  }
  return answer;
}
